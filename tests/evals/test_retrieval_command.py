"""`python -m evals retrieval`, `compare` and `accept` on real parts: site, model, index."""

import json
import subprocess
import sys
from pathlib import Path

import ir_measures
import pytest

from evals.measures import MEASURES
from tests.evals.conftest import QUESTIONS, Evals, cases, write_dataset

BROKEN = {"retriever": {"class": "tests.evals.broken.LastFirst"}}
GATES = {"gates": {"nDCG@10": 0.9, "guide": {"Success@1": 0.9}}}


def test_json(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """--json prints one object in the contract's form, and nothing else."""
    done = evals("retrieval", "--dataset", guide, "--json", "--out", tmp_path / "run")
    assert done.code == 0
    told = done.json
    assert {key: told[key] for key in ("dataset", "cases", "judged", "by")} == {
        "dataset": "guide", "cases": 9, "judged": 8, "by": "section",
    }  # fmt: skip
    assert set(told["metrics"]) == set(MEASURES)
    assert told["metrics"]["nDCG@10"] > 0.9
    assert told["index"] == {"pages": 2, "chunks": 10}
    assert 0 < told["latency_ms"]["p50"] <= told["latency_ms"]["p95"]
    assert told["levels"]["page"]["Success@1"] == 1
    assert sum(one["judged"] for tag, one in told["tags"].items() if tag != "guide") == 8


def test_the_runs_folder(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """The folder holds settings, results and TREC files, from which ir_measures gets the same figures."""
    done = evals("retrieval", "--dataset", guide, "--json", "--out", tmp_path / "run")
    names = {"config.json", "results.jsonl", "summary.json", "run.trec", "qrels.trec", "report.html"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == names
    assert json.loads((tmp_path / "run/summary.json").read_text()) == done.json
    files = str(tmp_path / "run/qrels.trec"), str(tmp_path / "run/run.trec")
    # ir_measures has types but for these two
    back = ir_measures.read_trec_qrels(files[0]), ir_measures.read_trec_run(files[1])  # type: ignore[no-untyped-call]
    again = ir_measures.calc_aggregate([ir_measures.parse_measure(n) for n in MEASURES.values()], *back)
    assert {ours: again[ir_measures.parse_measure(name)] for ours, name in MEASURES.items()} == pytest.approx(
        done.json["metrics"]
    )
    rows = [json.loads(line) for line in (tmp_path / "run/results.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == list(QUESTIONS)
    assert rows[0]["found"][0]["right"]
    assert (
        json.loads((tmp_path / "run/config.json").read_text())["settings"]["query"]["retriever"]["name"]
        == "hybrid"
    )


def test_for_people(guide: Path, evals: Evals) -> None:
    """Without --json a table is printed: overall, by the other level and by tag."""
    done = evals("retrieval", "--dataset", guide)
    assert done.code == 0
    assert done.out.startswith("guide: 8 judged of 9 cases, by section; 2 pages, 10 chunks\n")
    for word in ("nDCG@10", "95 %", "by page", "#how-to", "report.html"):
        assert word in done.out


def test_a_broken_retriever_turns_the_gate_red(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """With gates that the real retriever passes, one that is wrong on purpose ends with 1."""
    good = evals("retrieval", "--dataset", guide, "--json", "--out", tmp_path / "good", evals=GATES)
    assert (good.code, good.json["gates_broken"]) == (0, [])
    bad = evals(
        "retrieval", "--dataset", guide, "--json", "--out", tmp_path / "bad", evals=GATES, query=BROKEN
    )
    assert bad.code == 1
    assert len(bad.json["gates_broken"]) == 2
    assert "gate broken: Success@1 is 0.0000, at least 0.9 is required" in bad.err
    refused = evals("accept", tmp_path / "bad", evals=GATES)
    assert refused.code == 1
    assert "nothing was accepted" in refused.err
    assert not (tmp_path / "baseline.json").exists()
    assert evals("accept", tmp_path / "good", evals=GATES).code == 0
    worse = evals("compare", "baseline", tmp_path / "bad", "--json", evals=GATES)
    assert worse.code == 1
    assert len(worse.json["worse"]) == 8
    assert all(
        one["significant"] and one["change"] < 0
        for one in worse.json["differences"]
        if one["metric"] == "RR@10"
    )


def test_a_latency_gate(guide: Path, evals: Evals) -> None:
    """Times are gated from above."""
    done = evals("retrieval", "--dataset", guide, evals={"gates": {"latency_p95_ms": 0.001}})
    assert done.code == 1
    assert "at most 0.001 is allowed" in done.err


def test_a_run_equals_its_baseline(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """Right after accept, nothing is better or worse; the committed file names no path of the machine."""
    assert evals("retrieval", "--dataset", guide, "--out", tmp_path / "run").code == 0
    assert evals("accept", tmp_path / "run").code == 0
    same = evals("compare", "baseline", tmp_path / "run", "--fail-on-worse")
    assert same.code == 0
    assert "0 cases better by nDCG@10\n0 cases worse by nDCG@10\n" in same.out
    text = (tmp_path / "baseline.json").read_text()
    assert str(tmp_path) not in text
    assert set(json.loads(text)["entries"]) == {"retrieval/guide"}


def test_two_runs(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """compare shows each metric's difference and the cases that moved, and draws both in one report."""
    evals("retrieval", "--dataset", guide, "--out", tmp_path / "a")
    evals("retrieval", "--dataset", guide, "--out", tmp_path / "b", query=BROKEN)
    done = evals(
        "compare", tmp_path / "a", tmp_path / "b", "--report", tmp_path / "both.html", "--fail-on-worse"
    )
    assert done.code == 1
    assert "8 cases worse by nDCG@10" in done.out
    assert "How do I install Widgetry?" in done.out
    assert "RR@10 is worse by" in done.err
    assert "LastFirst" in (tmp_path / "both.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("compare", "baseline", "nowhere"), "nowhere is no run"),
        (("compare",), "there is no run below"),
        (("accept", "nowhere"), "nowhere is no run"),
        (("retrieval", "--dataset", "a", "--dataset", "b"), "one --dataset"),
        (("retrieval", "--nonsense"), "usage: "),
        (("nonsense",), "usage: "),
    ],
)
def test_cannot_run(evals: Evals, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """What is not there, and wrong usage, end with 2 and nothing on stdout."""
    done = evals(*words, evals={"path": str(tmp_path / "empty")})
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_run_is_never_written_over(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """--out names a new folder, or an empty one."""
    (tmp_path / "run").mkdir()
    assert evals("retrieval", "--dataset", guide, "--out", tmp_path / "run").code == 0
    again = evals("retrieval", "--dataset", guide, "--out", tmp_path / "run")
    assert (again.code, again.out) == (2, "")
    assert "is there already" in again.err


def test_other_cases_are_not_compared(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """When the cases have changed, compare refuses, and accept says so and goes on."""
    evals("retrieval", "--dataset", guide, "--out", tmp_path / "old")
    evals("accept", tmp_path / "old")
    fewer = write_dataset(tmp_path / "d", cases()[2:])
    evals("retrieval", "--dataset", fewer, "--out", tmp_path / "new")
    refused = evals("compare", "baseline", tmp_path / "new")
    assert (refused.code, refused.out) == (2, "")
    assert "the cases of guide have changed between them" in refused.err
    assert evals("accept", tmp_path / "new").code == 0


def test_an_unknown_gate(evals: Evals, guide: Path) -> None:
    """A gate for a metric that does not exist would never break: it is an error of the configuration."""
    done = evals("retrieval", "--dataset", guide, evals={"gates": {"ndcg": 0.5}})
    assert done.code == 2
    assert "evals.gates: there is no metric ndcg; there are nDCG@10" in done.err


def test_help_is_light() -> None:
    """--help of every command loads nothing of the index, the models or scipy."""
    heavy = {"llama_index", "qdrant_client", "onnxruntime", "openai", "scipy", "ir_measures", "numpy"}
    code = (
        "import sys; from evals.__main__ import COMMANDS, main\n"
        "for name in COMMANDS: main([name, '--help'])\n"
        f"sys.exit(sorted({{m.split('.')[0] for m in sys.modules}} & {heavy}) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--grid FILE" in done.stdout
