"""The report that people look at: one HTML file, without network and without scripts.

`figures` works out what is drawn and listed, `report.html.j2` draws it; Jinja escapes every text.
"""

from collections.abc import Sequence
from pathlib import Path

from evals.errors import RunError
from evals.runs import Run


def write_report(path: Path, runs: Sequence[Run]) -> None:
    """Writes the report of these runs; the cases are those of the last one.  Raises RunError."""
    try:
        path.write_text(rendered(runs), encoding="utf-8")
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error}") from error


def rendered(runs: Sequence[Run]) -> str:
    """The report as HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from evals.report import figures

    environment = Environment(
        loader=PackageLoader("evals", "report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html.j2").render(
        title=figures.title(runs),
        last=runs[-1],
        runs=runs,
        intervals=figures.intervals(runs),
        latency=figures.latency(runs),
        misses=figures.misses(runs[-1]),
        tags=runs[-1].summary.get("tags", {}),
        cases=figures.cases(runs[-1]),
    )
