"""`python -m evals answers`, without a judge, with one, and with one that talks nonsense."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.evals.conftest import Evals, Printed
from tests.fakes.openai_scripts import Body, Step
from tests.fakes.openai_server import Cut, OpenAIServer, Reply

SCORES = {"groundedness", "correctness", "relevance"}


class Judging:
    """A judge in OpenAI's form: grounded for one claim of two, graded 4 of 5; nonsense where it is asked to."""

    def __init__(self, nonsense: str = "", every: int = 0) -> None:
        self._nonsense, self._every, self._asked = nonsense, every, 0

    def steps(self, body: Body) -> Iterator[Step]:
        self._asked += 1
        if self._nonsense and (not self._every or self._asked % self._every == 0):
            return Reply(self._nonsense).steps(body)
        return Reply(json.dumps(self._judgment(body["response_format"]["json_schema"]["schema"]))).steps(body)

    def _judgment(self, schema: Mapping[str, Any]) -> object:
        if "claims" in schema["properties"]:
            made_up = {"claim": "B", "reason": "<b>made up</b>", "supported": False}
            return {"claims": [{"claim": "A", "reason": "it is there", "supported": True}, made_up]}
        return {"reason": "nearly all of it", "score": 4}


async def measured(evals: Evals, server: OpenAIServer, *words: object, **evals_section: Any) -> Printed:
    """The command, in a thread of its own, with the server as its judge."""
    judge = {"base_url": server.base_url, "model": "judge-1", **evals_section.pop("judge", {})}
    section = {"judge": judge, **evals_section}
    return await asyncio.to_thread(evals, "answers", *words, "--json", evals=section)


def test_without_a_judge(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """The offline pipeline is asked every case; what applies is measured, the rest is left empty."""
    done = evals("answers", "--dataset", guide, "--json", "--out", tmp_path / "run")
    assert done.code == 0
    told = done.json
    metrics = told["metrics"]
    assert told["outcomes"] == {"answered": 8, "refused": 1}
    assert metrics["answered_rightly"] == metrics["refused_rightly"] == metrics["citation_validity"] == 1
    assert metrics["citation_recall"] > 0.8
    assert metrics["similarity"] > 0.6
    assert metrics["token_f1"] > 0.5
    assert metrics["cost_usd"] == 0
    assert metrics["prompt_tokens"] is None
    assert told["counts"]["refused_rightly"] == 1
    assert told["judge"] is None
    assert 0 < told["first_token_ms"]["p50"] <= told["total_ms"]["p50"]
    rows = [json.loads(line) for line in (tmp_path / "run/results.jsonl").read_text().splitlines()]
    assert rows[-1]["outcome"] == "refused"
    assert rows[0]["reference"].startswith("Install Widgetry")


def test_for_people(guide: Path, evals: Evals) -> None:
    """Without --json each metric is a row, with its interval."""
    done = evals("answers", "--dataset", guide)
    assert done.out.startswith("guide: 9 cases, 8 answered, 1 refused\n")
    assert "citation_recall" in done.out


async def test_with_a_judge(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """Every answer is judged for three things, each with its reason, and the judge is part of the run."""
    async with OpenAIServer(Judging()) as server:
        done = await measured(evals, server, "--dataset", guide, "--out", tmp_path / "run")
    assert done.code == 0
    assert {name: done.json["metrics"][name] for name in SCORES} == {
        "groundedness": 0.5, "correctness": 0.75, "relevance": 0.75,
    }  # fmt: skip
    assert (done.json["judge"]["asked"], done.json["judge"]["failed"]) == (24, 0)
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert config["judge"]["model"] == "judge-1"
    assert len(config["judge"]["prompts"]) == 12
    row = json.loads((tmp_path / "run/results.jsonl").read_text().splitlines()[0])
    assert row["judgments"]["groundedness"]["reason"].splitlines()[1] == "NOT supported: B - <b>made up</b>"
    report = (tmp_path / "run/report.html").read_text()
    assert "&lt;b&gt;made up&lt;/b&gt;" in report
    assert "<b>" not in report


async def test_a_judge_that_talks_nonsense(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """When too many judgments have no form, they are listed, the exit code is 2, and there is no run."""
    async with OpenAIServer(Judging("Banana!")) as server:
        done = await measured(evals, server, "--dataset", guide, "--out", tmp_path / "run")
    assert (done.code, done.out) == (2, "")
    assert "the judge failed 24 of 24 times, so nothing was reported" in done.err
    assert "case install: correctness: the judgment has not the form asked for" in done.err
    assert not (tmp_path / "run").exists()


async def test_a_judge_that_fails_now_and_then(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """A few judgments that are not there score 0, are counted and listed, and the exit code is 1."""
    async with OpenAIServer(Judging("Banana!", every=12)) as server:
        judge = {"concurrency": 1}
        done = await measured(evals, server, "--dataset", guide, "--out", tmp_path / "run", judge=judge)
    assert done.code == 1
    assert (done.json["judge"]["asked"], done.json["judge"]["failed"]) == (24, 2)
    assert done.err.count("failed: case ") == 2
    means = sum(done.json["metrics"][name] for name in SCORES)
    assert means < 0.5 + 0.75 + 0.75
    assert {done.json["counts"][name] for name in SCORES} == {8}
    assert "failed" in (tmp_path / "run/report.html").read_text()


async def test_different_judges_are_not_compared(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """Another model, or none, is another measure."""
    async with OpenAIServer(Judging()) as server:
        await measured(evals, server, "--dataset", guide, "--out", tmp_path / "a")
        await measured(evals, server, "--dataset", guide, "--out", tmp_path / "b", judge={"model": "judge-2"})
    await asyncio.to_thread(evals, "answers", "--dataset", guide, "--out", tmp_path / "c")
    for other in ("b", "c"):
        done = evals("compare", tmp_path / "a", tmp_path / other)
        assert (done.code, done.out) == (2, "")
        assert "they had different judges, judge-1 with prompts" in done.err
    assert evals("compare", tmp_path / "a", tmp_path / "a").code == 0


async def test_a_judge_without_a_key(guide: Path, evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge at OpenAI without a key is left out, and that is said."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    section = {"judge": {"model": "judge-1"}}
    done = await asyncio.to_thread(evals, "answers", "--dataset", guide, "--json", evals=section)
    assert done.code == 0
    assert done.json["judge"] is None
    assert "the judge: left out, OPENAI_API_KEY is not set" in done.err


async def test_answers_of_a_model(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """With a model, tokens and cost are counted; an answer that breaks off is a failure, never a gap."""
    async with OpenAIServer(Reply("Do it so [1].", usage=(1000, 10))) as server:
        server.script(Cut(after_tokens=2))
        price = {"prompt": 1, "completion": 10}
        provider = {"name": "p", "base_url": server.base_url, "model": "m", "price": price}
        done = await asyncio.to_thread(
            evals, "answers", "--dataset", guide, "--json", "--out", tmp_path / "run",
            llm={"providers": [provider]},
        )  # fmt: skip
    assert done.code == 1
    assert done.json["outcomes"] == {"failed": 1, "answered": 8}
    assert "failed: case install: model: " in done.err
    assert done.json["metrics"]["answered_rightly"] == pytest.approx(7 / 8)
    assert done.json["metrics"]["refused_rightly"] == 0
    assert done.json["metrics"]["cost_usd"] == pytest.approx(0.0011)
    assert done.json["cost_usd_total"] == pytest.approx(8 * 0.0011)


def test_no_secret_is_written(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """Keys and headers of the configuration are in no file of the run."""
    judge = {
        "model": "m",
        "base_url": "http://127.0.0.1:9/v1",
        "api_key": "s3cret",
        "headers": {"X-Team": "s3cret"},
    }
    done = evals(
        "answers", "--dataset", guide, "--no-judge", "--out", tmp_path / "run", evals={"judge": judge}
    )
    assert done.code == 0
    for path in (tmp_path / "run").iterdir():
        assert "s3cret" not in path.read_text()
    assert '"X-Team": "**********"' in (tmp_path / "run/config.json").read_text()
