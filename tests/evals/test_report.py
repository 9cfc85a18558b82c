"""The report: everything in one file, and every text as text."""

import re
from pathlib import Path
from typing import Any

from evals.report import rendered
from evals.report.figures import tag_columns
from evals.runs import Run
from tests.evals.conftest import Evals, cases, write_dataset

EVIL = "<script>alert(1)</script> & \"'><img src=x onerror=alert(1)>"


def test_texts_stay_texts(evals: Evals, tmp_path: Path) -> None:
    """A question, a tag and a heading that are HTML are shown as they are written."""
    rows = [{**cases()[0], "question": f"How do I install {EVIL}?", "tags": [EVIL]}]
    folder = write_dataset(tmp_path / "d", rows)
    guide = folder / "docs/guide.md"
    guide.write_text(guide.read_text().replace("## Installation", "## Installation of `<b>x</b>`"))
    assert evals("retrieval", "--dataset", folder, "--out", tmp_path / "run").code == 0
    report = (tmp_path / "run/report.html").read_text()
    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;"
        in report
    )
    for tag in ("<script", "<img", "<b>"):
        assert tag not in report


def test_it_stands_alone(guide: Path, evals: Evals, tmp_path: Path) -> None:
    """Nothing is loaded from anywhere, it fits a phone, and it has both a light and a dark face."""
    evals("retrieval", "--dataset", guide, "--out", tmp_path / "run")
    report = (tmp_path / "run/report.html").read_text()
    assert not re.search(r"<(script|link|img|iframe)|\b(src|href)=|@import|url\(", report)
    assert 'name="viewport"' in report
    assert "prefers-color-scheme: dark" in report
    assert report.count("<details>") == 8 + 1


def test_columns_without_a_figure_are_left_out() -> None:
    """The table by tag has only what any tag has."""
    tags = {"a": {"judged": 1, "metrics": {"x": None, "y": 0.5}}, "b": {"judged": 1, "metrics": {"y": None}}}
    assert tag_columns(Run("r", {}, {"tags": tags}, [])) == ["y"]


def test_a_run_without_anything() -> None:
    """Figures that do not apply leave no plot behind, and no error."""
    summary = {
        "kind": "answers", "dataset": "d", "cases": 0, "metrics": {"token_f1": None}, "intervals": {},
        "index": {"pages": 1, "chunks": 1}, "first_token_ms": {"p50": 0.0, "p95": 0.0}, "failures": ["one"],
    }  # fmt: skip
    config: dict[str, Any] = {"started": "2024-06-01T00:00:00", "judge": None, "settings": {}}
    report = rendered([Run("r", config, summary, [])])
    assert "<li>one</li>" in report
    assert "token_f1" not in report
