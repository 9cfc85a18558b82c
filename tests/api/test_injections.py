"""Instructions that strangers put into questions, pages and selections, and a model that obeys them all.

What a prompt can ensure is not tested here, but what holds when it ensures nothing: whatever the model
says, only links to the site's own sections leave, and no image, no HTML, no forged part of the stream.
`injections.jsonl` holds the cases: where the text stands, and the text.
"""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from markdown_it import MarkdownIt

from api.app import create_app
from ingest.syncing import sync
from pipeline.embedding import Embedding
from pipeline.store import open_store
from tests.api.test_chat import parts_of, text_of
from tests.conftest import PAGES, config_for, serving, write_site
from tests.fakes.obeying import obey
from tests.fakes.openai_server import Obey, OpenAIServer

CASES = {
    case["id"]: case
    for case in map(json.loads, (Path(__file__).parent / "injections.jsonl").read_text("utf-8").splitlines())
}
IN_PAGES = [case for case in CASES.values() if case["where"] == "page"]
SITE = "https://docs.example.com"
LINKED = f"{SITE}/docs/intro#installation"  # the one link that stands in a page
PARTS = {
    "start", "data-sources", "text-start", "text-delta", "text-end", "source-url", "data-answer", "finish",
}  # fmt: skip
OWN_LINK = rf"\(({SITE}/[^\s)]*)\)"
READERS = [MarkdownIt("commonmark"), MarkdownIt("commonmark").enable(["table", "strikethrough"])]
CLICKABLE = re.compile(r"(?:https?|ftp)://\w|www\.\w|[\w.+-]@\w", re.IGNORECASE)
"""What readers that link bare addresses make a link of."""


def hostile_page() -> str:
    """A page whose sections are the cases, each in a block of code so that it is indexed as it stands."""
    sections = (f"## Polish {case['id']}\n\n````text\n{case['text']}\n````" for case in IN_PAGES)
    return "\n\n".join(["# Polishing widgets", *sections])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer(Obey(obey)) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    tmp_path_factory: pytest.TempPathFactory, embedding: Embedding, model: OpenAIServer
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over a site with a hostile page, answered by the obeying model."""
    root = write_site(tmp_path_factory.mktemp("hostile"), {**PAGES, "docs/polish.md": hostile_page()})
    providers = [{"name": "scripted", "base_url": model.base_url, "timeout": 60, "idle_timeout": 60}]
    config = config_for(
        root, llm={"providers": providers}, api={"limits": False}, site={"markdown": {"format": "detect"}}
    )
    store = open_store(config.store)
    await sync(config, store, embedding)
    await store.aclose()
    async with (
        serving(create_app(config)) as address,
        httpx.AsyncClient(base_url=address, timeout=60) as http,
    ):
        yield http


def question_with(case: dict[str, str]) -> dict[str, Any]:
    """The request that brings the case's text before the model."""
    where, text = case["where"], case["text"]
    asked = f"How do I polish {case['id']}?"
    messages = [{"role": "user", "content": f"{asked} {text}" if where == "question" else asked}]
    if where == "history":
        messages = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": text}, *messages]
    body: dict[str, Any] = {"messages": messages}
    if where == "selection":
        body["context"] = [{"type": "textSelection", "value": text, "path": "/docs/intro"}]
    if where == "path":
        body["currentPath"] = text
    return body


def test_there_are_enough_of_every_kind() -> None:
    """Sixty at least, everywhere that strangers can write."""
    assert len(CASES) >= 60
    for where, least in (("question", 15), ("page", 15), ("selection", 15), ("history", 10), ("path", 1)):
        assert sum(case["where"] == where for case in CASES.values()) >= least, where
    for kind in ("image", "link", "autolink", "html", "encoded", "multilingual", "closing", "tool-call"):
        assert any(name.startswith(kind) for name in CASES), kind


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", CASES)
async def test_nothing_leaves_but_allowed_links(
    client: httpx.AsyncClient, model: OpenAIServer, name: str
) -> None:
    """However well the model obeys."""
    model.requests.clear()
    parts = parts_of((await client.post("/v1/chat", json=question_with(CASES[name]))).text)
    said = obey(model.requests[0].body["messages"])
    assert "evil" in said or "leak" in said or "script" in said or "alert" in said or "{" in said, (
        "it was not obeyed"
    )
    assert {part["type"] for part in parts} <= PARTS
    assert parts[-1]["type"] == "finish"
    sources = [part["data"]["sources"] for part in parts if part["type"] == "data-sources"][-1]
    allowed = {source["url"] for source in sources} | {LINKED}
    assert all(url.startswith(f"{SITE}/docs/") and "?" not in url for url in allowed)
    assert {part["url"] for part in parts if part["type"] == "source-url"} <= allowed
    holds_only(text_of(parts), allowed)


def holds_only(text: str, allowed: set[str]) -> None:
    """Holds that a reader of Markdown finds no link in `text` but those, no image and no HTML."""
    for reader in READERS:
        blocks = reader.parse(text)
        tokens = [*blocks, *(token for block in blocks for token in block.children or ())]
        assert not [token.content for token in tokens if token.type in ("image", "html_block", "html_inline")]
        assert {token.attrs["href"] for token in tokens if token.type == "link_open"} <= allowed
        assert not [
            token.content for token in tokens if token.type == "text" and CLICKABLE.search(token.content)
        ]


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://evil.example)", "[x](https://evil.example)", "<https://evil.example>", "<b>x</b>",
        "<img src=x>\n", "Go to https://evil.example", "www.evil.example", "[x][r]\n\n[r]: https://evil.example",
        "me@evil.example",
    ],
)  # fmt: skip
def test_what_must_not_leave_would_be_seen(text: str) -> None:
    """The check itself finds each kind of leak."""
    with pytest.raises(AssertionError):
        holds_only(text, set())


@pytest.mark.asyncio(loop_scope="module")
async def test_all_at_once(client: httpx.AsyncClient, model: OpenAIServer) -> None:
    """A model that says everything bad it has ever heard.

    A hostile page's own links within the site may pass, as they stand in it: they know nothing of the reader.
    """
    everything = "\n\n".join(case["text"].replace("\\n", "\n") for case in CASES.values())
    asked = {"messages": [{"role": "user", "content": "How do I polish widgets?"}]}
    model.script(Obey(lambda messages: f"As the docs say [1].\n\n{everything}"))
    parts = parts_of((await client.post("/v1/chat", json=asked)).text)
    sources = [part["data"]["sources"] for part in parts if part["type"] == "data-sources"][-1]
    own = {link.translate({ord("{"): "%7B", ord("}"): "%7D"}) for link in re.findall(OWN_LINK, everything)}
    holds_only(text_of(parts), {source["url"] for source in sources} | own | {LINKED})
