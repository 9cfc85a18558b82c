"""The manual says what the code does: keys, error codes, stream parts, commands, links.

Held together here are names; whether a sentence about them is true, a test cannot tell.
"""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from markdown_it import MarkdownIt
from pydantic import BaseModel

from api.problems import PROBLEMS
from api.wire import STREAM_HEADERS, ui_message_stream
from ingest.__main__ import COMMANDS
from ingest.docusaurus.site import read_site
from pipeline import config, models
from pipeline.answering import Answer
from pipeline.components import OURS
from pipeline.config import ComponentSpec, Config, parse_config
from pipeline.models import Page
from pipeline.prompts import BUDGET_INTRO, DEGRADED_INTRO, ELSEWHERE_INTRO, EXTRACTIVE_INTRO, REFUSAL

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
EVERYTHING = "\n".join([README, *MANUAL.values()])
MOST_WORDS = 180  # of a section: what the default chunker keeps in one chunk
LEAST_WORDS = 20
FIXED = [
    REFUSAL,
    EXTRACTIVE_INTRO,
    DEGRADED_INTRO,
    BUDGET_INTRO,
    ELSEWHERE_INTRO.format(here="2.0", there="1.0"),
]
COMMAND_LINES = [*(f"ingest {command}" for command in COMMANDS), "pipeline", "api"]
OPTION = re.compile(r"(?<![\w-])--[a-z-]+")


# --- configuration -------------------------------------------------------------------------


def keys_of(model: type[BaseModel], above: str) -> Iterator[str]:
    """The dotted keys below `above`, as docs/configuration.md writes them; sections are no keys."""
    for name, field in model.model_fields.items():
        yield from _keys(field.annotation, f"{above}.{name}" if above else name)


def _keys(annotation: Any, key: str) -> Iterator[str]:
    inner = get_args(annotation)
    origin = get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        # A component's arguments are its own: the manual explains them with the component.
        yield from [key] if annotation is ComponentSpec else keys_of(annotation, key)
    elif origin is tuple and any(_models(inner[0])):
        yield from _keys(inner[0], key if inner[0] is ComponentSpec else f"{key}[]")
    elif origin is dict and any(_models(inner[1])):
        yield from _keys(inner[1], f"{key}.{'LOCALE' if key.endswith('localeConfigs') else 'NAME'}")
    elif models := list(_models(annotation)):
        for model in models:
            yield from keys_of(model, key)
    else:
        yield key


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


KEYS = sorted(set(keys_of(Config, "")))
PROVIDERS = [config.LocalEmbedding, config.FastembedEmbedding, config.OpenAIEmbedding]


def test_the_walk_finds_keys_of_every_kind() -> None:
    """Plain keys, keys in lists, in mappings by name, and of one provider only."""
    mapped = {"site.i18n.localeConfigs.LOCALE.baseUrl", "site.docs[].versions.NAME.label"}
    union = {"site.docs[].admonitions.keywords", "embedding.dimensions"}
    assert {"store.path", "site.docs[].include", "query.retriever", *mapped, *union} <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained(key: str) -> None:
    """docs/configuration.md names each key of config.yaml in dotted form."""
    assert f"`{key}`" in MANUAL["configuration.md"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_embedding_provider_has_a_section_with_all_its_keys(provider: type[BaseModel]) -> None:
    """A provider's keys stand together, in a section of their own."""
    name = get_args(provider.model_fields["provider"].annotation)[0]
    section = section_of("configuration.md", f"embedding-{name}")
    assert [key for key in keys_of(provider, "embedding") if f"`{key}`" not in section] == []


def test_no_key_is_explained_that_is_not_there() -> None:
    """A key that has gone from the code goes from the manual."""
    sections = "|".join(Config.model_fields)
    listed = re.findall(rf"^- `((?:{sections})\.[^`\s]+)`", MANUAL["configuration.md"], re.MULTILINE)
    assert listed
    assert sorted(set(listed) - set(KEYS)) == []


@pytest.mark.parametrize("name", OURS)
def test_every_named_component_is_explained(name: str) -> None:
    """docs/configuration.md says what each short name stands for."""
    assert f"- `{name}`" in section_of("configuration.md", "named-components")


def yaml_examples() -> Iterator[Any]:
    for name, text in MANUAL.items():
        for number, block in enumerate(
            re.findall(r"^ *```yaml\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
        ):
            yield pytest.param(block, id=f"{name}-{number}")


@pytest.mark.parametrize("example", list(yaml_examples()))
def test_every_yaml_example_is_a_configuration(example: str) -> None:
    """What the manual shows can be copied into config.yaml."""
    text = re.sub(r"^   ", "", example, flags=re.MULTILINE) if example.startswith("   ") else example
    site = "" if re.search(r"^site:", text, re.MULTILINE) else "site: {root: .}\n"
    parse_config(site + text, source="example", base=ROOT, environ={})


# --- errors and the stream -----------------------------------------------------------------


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_error_code_is_explained(code: str) -> None:
    """docs/api.md lists each code and its status."""
    status = str(PROBLEMS[code][0])
    explained = [s for s in sections("api.md") if f"`{code}`" in s and re.search(rf"\b{status}\b", s)]
    assert explained, f"no section of docs/api.md has both `{code}` and {status}"


class Said(Answer):
    """An answer that says what it is given."""

    def __init__(self, *events: models.Event) -> None:
        self.said = events

    async def events(self) -> AsyncIterator[models.Event]:
        for event in self.said:
            yield event


async def part_types(*events: models.Event) -> list[str]:
    """The types of the parts in which these events are sent."""
    lines = [line async for line in ui_message_stream(Said(*events))]
    return [json.loads(line.removeprefix(b"data: "))["type"] for line in lines[:-1]]


async def test_every_stream_part_is_explained() -> None:
    """docs/api.md names each part that an answer, whole or broken off, can have."""
    source = models.Source("1", "https://docs.example.com/a#b", "B", ("A", "B"), "text")
    finished = models.AnswerFinished("answered", (source,), "r", "m", "model", models.Usage())
    failed = models.AnswerFailed("model", "broke off")
    begun = (models.AnswerStarted("msg_1"), models.SourcesFound((source,)), models.TextDelta("x"))
    types = {*await part_types(*begun, finished), *await part_types(*begun, failed)}
    assert {"start", "data-sources", "text-delta", "source-url", "data-answer", "finish", "error"} <= types
    assert [kind for kind in sorted(types) if f"`{kind}`" not in MANUAL["api.md"]] == []
    assert [
        name for name in ("x-vercel-ai-ui-message-stream", "[DONE]") if name not in MANUAL["api.md"]
    ] == []
    assert [name for name in STREAM_HEADERS if name not in EVERYTHING] == []


@pytest.mark.parametrize("words", FIXED)
def test_what_fingerpost_says_itself_is_quoted(words: str) -> None:
    """docs/asking.md has each fixed sentence as the reader sees it."""
    assert words in MANUAL["asking.md"]


# --- commands ------------------------------------------------------------------------------


def test_every_verb_of_make_is_named() -> None:
    """CONTRIBUTING.md, the README or the manual names each verb of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    text = EVERYTHING + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "demo" in verbs
    assert [verb for verb in verbs if f"make {verb}" not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_ingest_is_named(command: str) -> None:
    """docs/ingestion.md names each command of `python -m ingest`."""
    assert f"python -m ingest {command}" in MANUAL["ingestion.md"]


@pytest.mark.parametrize("command", COMMAND_LINES)
def test_options_in_the_manual_are_those_of_the_command(command: str) -> None:
    """Every option is named in the manual, and none is shown that the command does not have."""
    line = [sys.executable, "-m", *command.split(), "--help"]
    told = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    listed = set(OPTION.findall(told)) - {"--help"}
    shown = re.findall(rf"python -m {re.escape(command)}\b[^\n`#|]*", EVERYTHING)
    assert {option for words in shown for option in OPTION.findall(words)} <= listed
    assert [option for option in sorted(listed) if f"`{option}" not in EVERYTHING] == []


def test_the_commands_of_the_readme_are_there() -> None:
    """Each `make` verb and each module that the README runs exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in re.findall(r"^make ([a-z-]+)", README, re.MULTILINE):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb
    modules = set(re.findall(r"python -m ([a-z]+)", README))
    assert {"ingest", "api"} <= modules
    assert [name for name in sorted(modules) if not (ROOT / name / "__main__.py").is_file()] == []


def test_the_curl_line_of_the_readme_is_the_one_that_the_demo_prints() -> None:
    """A reader who copies either asks the same."""
    body = '{"messages":[{"role":"user","content":"How do I start Fingerpost?"}]}'
    assert body in README
    assert body.replace('"', '\\"') in (ROOT / "Makefile").read_text(encoding="utf-8")


# --- the manual as a site ------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    """The manual as `python -m ingest pages` sees it, by file name."""
    reading = read_site(parse_config("site: {root: .}", source="config.yaml", base=ROOT, environ={}).site)
    assert [str(problem) for problem in reading.problems] == []
    return {Path(page.source).name: page for page in reading.pages}


def test_every_page_has_its_front_matter() -> None:
    """Title, description and place in the sidebar, the places all different."""
    places = []
    for name, text in MANUAL.items():
        fields = dict(line.split(": ", 1) for line in text.split("---\n")[1].splitlines())
        assert {"title", "description", "sidebar_position"} <= set(fields), name
        places.append(fields["sidebar_position"])
    assert len(set(places)) == len(places)


def links_of(text: str) -> Iterator[str]:
    for token in MarkdownIt().parse(text):
        for child in token.children or ():
            if child.type == "link_open":
                yield str(child.attrGet("href"))


@pytest.mark.parametrize("name", [*MANUAL, "README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_leads_somewhere(name: str, pages: dict[str, Page]) -> None:
    """A relative link names a file that exists, its anchor a heading of that page."""
    file = ROOT / "docs" / name if name in MANUAL else ROOT / name
    broken = []
    for link in links_of(file.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        if target.startswith(("http://", "https://")):
            continue
        there = file.parent / target if target else file
        page = pages.get(there.name)
        anchors = [heading.id for heading in page.headings] if page else []
        if not there.exists() or (anchor and anchor not in anchors):
            broken.append(link)
    assert broken == []


def test_every_page_of_the_manual_can_be_found_from_its_index() -> None:
    """Getting started and the README link to each page."""
    for index, folder in ((MANUAL["getting-started.md"], "./"), (README, "docs/")):
        assert [name for name in MANUAL if f"({folder}{name})" not in index] == []


def test_every_heading_has_an_id_of_its_own(pages: dict[str, Page]) -> None:
    """Headings of the manual say their ids, so that links outlive a change of words."""
    for name, text in MANUAL.items():
        marked = re.findall(r"^#{2,6} .*\{#([a-z0-9-]+)\}$", text, re.MULTILINE)
        assert [heading.id for heading in pages[name].headings] == marked, name
        assert len(set(marked)) == len(marked), name


def test_every_section_is_of_a_size_to_be_asked_about(pages: dict[str, Page]) -> None:
    """A section fits into one chunk and says more than a line."""
    lengths = {
        f"{name}#{section.anchor}": len(section.text.split())
        for name, page in pages.items()
        for section in page.sections
    }
    assert {key: n for key, n in lengths.items() if not LEAST_WORDS <= n <= MOST_WORDS} == {}


def sections(name: str) -> list[str]:
    """The Markdown of each section of a page, its heading first."""
    return re.split(r"^(?=## )", MANUAL[name], flags=re.MULTILINE)


def section_of(name: str, anchor: str) -> str:
    """The section with this id."""
    return next(section for section in sections(name) if f"{{#{anchor}}}" in section.split("\n")[0])
