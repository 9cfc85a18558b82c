"""A model writes cases: each kind in its form, each checked, nothing paid for twice; questions from production."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.cases import open_dataset
from evals.generating.by_model import ORDER, jobs
from ingest.syncing import read_pages
from pipeline.config import parse_config
from tests.evals.conftest import Evals, Printed
from tests.fakes.openai_server import OpenAIServer, Reply, Status

WORDS = "Widgets are painted in the colours that the palette file names, one after the other, every night."
SECTIONS = "".join(f"## Part {i} {{#part-{i}}}\n\n{WORDS} Part {i} is about that.\n\n" for i in range(12))


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site/docs").mkdir(parents=True)
    (tmp_path / "site/docs/guide.md").write_text(f"# The guide\n\n{SECTIONS}")
    return tmp_path / "site"


def written(number: int, kind: str) -> Iterator[Reply]:
    """The model's question of this kind, and its check."""
    refused = kind in ("near-miss", "off-topic", "unknowable", "nonsense")
    before = "How?" if kind == "follow-up" else ""
    said = {"question": f"Question {number}?", "answer": "" if refused else "So.", "before_question": before,
            "before_answer": before}  # fmt: skip
    yield Reply(json.dumps(said))
    yield Reply(json.dumps({"reason": "because", "answered": not refused}))


def kinds(count: int) -> list[str]:
    """Without several versions a case that would be bound to one is about a single section."""
    return [kind.replace("version-bound", "single-section") for kind in ORDER[:count]]


async def generated(evals: Evals, server: OpenAIServer, site: Path, out: Path, limit: int) -> Printed:
    """The command in a thread of its own: the server lives in this one."""
    import asyncio

    judge = {"model": "writer-1", "base_url": server.base_url, "concurrency": 1}
    config = {"site": {"root": str(site)}, "evals": {"judge": judge}}
    return await asyncio.to_thread(
        evals, "generate", out, "--with-model", "--limit", limit, "--json", **config
    )


async def test_every_kind(evals: Evals, server: OpenAIServer, site: Path, tmp_path: Path) -> None:
    """Ten cases, a dataset that can be used, and two calls a case."""
    server.script(*(reply for n, kind in enumerate(kinds(10)) for reply in written(n, kind)))
    made = await generated(evals, server, site, tmp_path / "made", 10)
    assert (made.code, made.json["cases"], made.json["failed"]) == (0, 10, 0)
    assert "at most 20 calls" in made.err
    assert len(server.requests) == 20
    dataset = open_dataset(tmp_path / "made")
    assert [case.tags[0] for case in dataset.cases] == kinds(10)
    assert [case.expect for case in dataset.cases].count("refuse") == 4
    assert len(next(case for case in dataset.cases if "two-sections" in case.tags).relevant) == 2
    assert [bool(case.history) for case in dataset.cases] == [
        "follow-up" in case.tags for case in dataset.cases
    ]


async def test_what_fails_its_check_is_listed(
    evals: Evals, server: OpenAIServer, site: Path, tmp_path: Path
) -> None:
    """A question that its section does not answer, one that is answered after all, and nonsense are no cases."""
    draft = json.dumps({"question": "Q?", "answer": "A.", "before_question": "", "before_answer": ""})
    server.script(
        Reply(draft), Reply('{"reason": "not there", "answered": false}'),
        Reply(draft), Reply('{"reason": "it is there", "answered": true}'),
        Reply("Banana!"),
        *written(3, "single-section"),
    )  # fmt: skip
    made = await generated(evals, server, site, tmp_path / "made", 4)
    assert (made.code, made.json["cases"], made.json["failed"]) == (1, 1, 3)
    for said in (
        "is not answered by its sections: not there",
        "has an answer after all",
        "not the form asked for",
    ):
        assert said in made.err


async def test_a_run_that_broke_off_goes_on(
    evals: Evals, server: OpenAIServer, site: Path, tmp_path: Path
) -> None:
    """What was written is kept; only the rest is asked for, and then the dataset is whole."""
    server.script(*written(0, "single-section"))
    server.default = Status(401)
    out = tmp_path / "made"
    (out).mkdir()
    kept = {"id": "0001-near-miss", "question": "Kept?", "tags": ["near-miss"], "expect": "refuse"}
    (out / "generating.jsonl").write_text(
        json.dumps({"key": "0001-near-miss", "case": kept}) + '\n{"key": "00'
    )
    made = await generated(evals, server, site, out, 2)
    assert (made.code, made.json["cases"]) == (0, 2)
    assert len(server.requests) == 2
    assert sorted(path.name for path in out.iterdir()) == ["cases.jsonl", "dataset.yaml"]


def test_without_a_model(evals: Evals, site: Path, tmp_path: Path) -> None:
    """It says what is missing, and nothing is written."""
    refused = evals("generate", tmp_path / "made", "--with-model", site={"root": str(site)})
    assert refused.code == 2
    assert "evals.judge names no model" in refused.err
    assert not (tmp_path / "made").exists()


def test_jobs_are_spread_over_versions(tmp_path: Path) -> None:
    """With several versions, what is bound to one may be about an old one; all else is about the last."""
    for folder in ("docs", "versioned_docs/version-1.0", "versioned_docs/version-2.0"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "guide.md").write_text(f"# The guide\n\n{SECTIONS}")
    (tmp_path / "versions.json").write_text('["2.0", "1.0"]')
    pages, *_ = read_pages(parse_config("site: {}", source="x", base=tmp_path), keep=False)
    wanted = jobs(pages, "en", 30)
    versions = {(job.kind == "version-bound", page.version) for job in wanted for page, _ in job.places}
    assert {version for bound, version in versions if not bound} == {"2.0"}
    assert len({version for bound, version in versions if bound}) > 1
    assert len({job.key for job in wanted}) == 30


def drafts(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_questions_from_production(evals: Evals, site: Path, tmp_path: Path) -> None:
    """They make a dataset, and later ones are added to it, each question once."""
    row = {"question": "Where is the palette?", "filter": {}, "relevant": [], "expect": "refuse"}
    first = {"id": "asked-1", "tags": ["draft", "refused"], **row}
    again = {"id": "asked-2", "tags": ["draft"], **row, "question": "where is the palette? "}
    other = {"id": "asked-3", "tags": ["draft"], **row, "question": "Who paints?"}
    config = {"site": {"root": str(site)}}
    out = tmp_path / "asked"
    made = evals("generate", out, "--drafts", drafts(tmp_path / "a.jsonl", first), "--json", **config)
    assert (made.code, made.json["cases"]) == (0, 1)
    more = evals("generate", out, "--drafts", drafts(tmp_path / "b.jsonl", again, other), "--json", **config)
    assert (more.code, more.json["cases"]) == (0, 1)
    assert [case.id for case in open_dataset(out, needs_labels=False).cases] == ["asked-1", "asked-3"]


def test_drafts_that_are_none(evals: Evals, site: Path, tmp_path: Path) -> None:
    """Every line that is no case is named, and nothing is written."""
    (tmp_path / "bad.jsonl").write_text('{"id": "a"}\nBanana\n')
    refused = evals("generate", tmp_path / "d", "--drafts", tmp_path / "bad.jsonl", site={"root": str(site)})
    assert refused.code == 2
    assert "bad.jsonl:1: " in refused.err
    assert "bad.jsonl:2: not JSON" in refused.err
    assert not (tmp_path / "d").exists()
