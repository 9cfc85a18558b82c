"""The report that people look at: one HTML file, without network and without scripts.

`figures` and `load` work out what is drawn and listed, the templates of their names draw it; Jinja
escapes every text.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.errors import RunError
from evals.runs import Run


def write_report(path: Path, runs: Sequence[Run]) -> None:
    """Writes the report of these runs; the cases are those of the last one.  Raises RunError."""
    _write(path, rendered(runs))


def write_load_report(path: Path, run: Run) -> None:
    """Writes the report of a run of `load`.  Raises RunError."""
    _write(path, rendered_load(run))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error}") from error


def rendered(runs: Sequence[Run]) -> str:
    """The report as HTML."""
    from evals.report import figures

    return _rendered(
        "report.html.j2",
        title=figures.title(runs),
        last=runs[-1],
        runs=runs,
        intervals=figures.intervals(runs),
        latency=figures.latency(runs),
        misses=figures.misses(runs[-1]),
        tags=runs[-1].summary.get("tags", {}),
        tag_columns=figures.tag_columns(runs[-1]),
        cases=figures.cases(runs[-1]),
    )


def rendered_load(run: Run) -> str:
    """The report of a run of `load` as HTML."""
    from evals.report import load

    return _rendered("load.html.j2", run=run, summary=run.summary, plots=load.plots(run), rows=load.rows(run))


def _rendered(template: str, **values: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("evals", "report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(template).render(**values)
