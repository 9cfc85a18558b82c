"""Whole streams of `POST /v1/chat` as files in tests/golden, which the chat's own tests read too (tests/web).

`GOLDEN=write pytest tests/api/test_golden.py` writes them anew; the difference is then read and committed.
What chance decides is put in order before it is compared: ids, times, and where the text was cut.
"""

import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from tests.conftest import config_for, serving
from tests.fakes.openai_server import Cut, OpenAIServer, Reply, Script, Status

QUESTION = "How do I install and upgrade Widgetry?"
GOLDEN = Path(__file__).parent.parent / "golden"
RETRIES = 6  # more than the pipeline makes
ANSWER = (
    "Install Widgetry with `pip` [2]:\n\n```bash\npip install widgetry\n```\n\n"
    "Later, `widgetry upgrade` moves you to the newest release and keeps your palettes [1]. "
    "[Not a source](https://evil.example/)."
)
STREAMS: dict[str, Script] = {
    "answered": Reply(ANSWER, usage=(231, 38)),
    "refused": Reply(["NOT", "_IN_", "DOCS"], usage=(231, 3)),
    "error": Cut(4),
    "degraded": Status(500),  # the last one: a provider that failed is left alone for a while
}


async def test_the_streams_are_the_golden_ones(site: Path) -> None:
    """Every part, field and byte is as the widget's tests read it."""
    told = {f"chat-{name}.sse": stream async for name, stream in streams(site)}
    if os.environ.get("GOLDEN") == "write":
        for name, stream in told.items():
            (GOLDEN / name).write_text(stream, encoding="utf-8")
    assert told == {file.name: file.read_text(encoding="utf-8") for file in GOLDEN.glob("*.sse")}


async def streams(site: Path) -> AsyncIterator[tuple[str, str]]:
    """What one server answers to the same question with each of the scripts."""
    async with OpenAIServer() as model:
        provider = {"name": "scripted", "base_url": model.base_url, "model": "scripted", "api_key": "none"}
        query = {"retriever": {"class": "hybrid", "limit": 2}}
        app = create_app(config_for(site, llm={"providers": [provider]}, query=query))
        async with serving(app) as address, httpx.AsyncClient(base_url=address, timeout=30) as client:
            for name, script in STREAMS.items():
                model.script(*[script] * (RETRIES if name == "degraded" else 1))
                body = {"messages": [{"role": "user", "content": QUESTION}]}
                told = settled((await client.post("/v1/chat", json=body)).text)
                yield name, told.replace("msg_golden", f"msg_{name}")  # no two messages have one id


def settled(stream: str) -> str:
    """The stream without what differs from one run to the next."""
    *lines, done, end = stream.split("\n\n")
    assert (done, end) == ("data: [DONE]", "")
    parts = recut(json.loads(line.removeprefix("data: ")) for line in lines)
    return "".join(f"data: {_json(part)}\n\n" for part in map(steady, parts)) + "data: [DONE]\n\n"


def recut(parts: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The text with a delta for each word: tokens that arrive together are sent together, by chance."""
    deltas: list[dict[str, Any]] = []
    for part in parts:
        if part["type"] == "text-delta":
            deltas.append(part)
            continue
        text = "".join(delta["delta"] for delta in deltas)
        yield from ({**deltas[0], "delta": word} for word in re.findall(r"\S*\s+|\S+$", text))
        deltas.clear()
        yield part


def steady(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "start":
        assert re.fullmatch(r"msg_\w+\.[\w-]+", part["messageId"])
        return {**part, "messageId": "msg_golden.signature"}
    if part["type"] == "data-answer":
        about = part["data"]
        timings = dict.fromkeys(about["timings"], 0.0)
        return {**part, "data": {**about, "revision": "golden", "timings": timings}}
    return part


def _json(part: dict[str, Any]) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))
