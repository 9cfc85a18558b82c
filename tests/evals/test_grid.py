"""`retrieval --grid FILE`: many configurations in one table."""

from pathlib import Path

from tests.evals.conftest import Evals

GRID = """
datasets: [{guide}]
configurations:
  - {{name: hybrid}}
  - {{name: turned round, query: {{retriever: {{class: tests.evals.broken.LastFirst}}}}}}
vary:
  query.retriever.dense: [5, 30]
"""


def test_a_grid(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """Every combination is a row, held against the dataset's first, and the report draws them all."""
    (tmp_path / "grid.yaml").write_text(GRID.format(guide=guide))
    done = evals("retrieval", "--grid", tmp_path / "grid.yaml", "--json", "--out", tmp_path / "swept")
    assert done.code == 0
    rows = done.json["rows"]
    assert [row["configuration"] for row in rows] == [
        f"{name} query.retriever.dense={dense}" for name in ("hybrid", "turned round") for dense in (5, 30)
    ]
    assert rows[0]["significant"] == []
    assert "nDCG@10" in rows[-1]["significant"]
    assert rows[-1]["differences"]["RR@10"]["change"] < 0
    report = (tmp_path / "swept/report.html").read_text()
    assert "turned round query.retriever.dense=30" in report
    assert len(list((tmp_path / "swept").glob("*/results.jsonl"))) == 4


def test_a_grid_for_people(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """Without --json the table has a row for each configuration, on the dataset of the command line."""
    (tmp_path / "grid.yaml").write_text("vary: {query.retriever.fusion: [rrf, dbsf]}\n")
    done = evals("retrieval", "--grid", tmp_path / "grid.yaml", "--dataset", guide)
    assert done.code == 0
    assert "query.retriever.fusion=dbsf" in done.out


def test_every_problem_of_a_grid(evals: Evals, tmp_path: Path, guide: Path) -> None:
    """Slips in any configuration are told together, before anything is measured."""
    (tmp_path / "grid.yaml").write_text(
        "dataset: x\nconfigurations: [{name: a, query: {retriver: x}}, {name: b, site: {}}, {name: b}]\n"
    )
    done = evals("retrieval", "--grid", tmp_path / "grid.yaml", "--dataset", guide)
    assert (done.code, done.out) == (2, "")
    for said in (
        "dataset: there is no such key",
        "a: query.retriver: there is no such key",
        "b: site: a grid varies",
    ):
        assert said in done.err
    assert "two configurations are named 'b'" in done.err
