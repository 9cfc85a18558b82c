"""What every command starts from: the configuration, the folders, the terminal."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evals.corpus import Progress as Told
from pipeline.config import Config, load_config, parse_config

DEFAULT_CONFIG = Path("config.yaml")
DEFAULT_DATASET = "evals/datasets/fingerpost"
WIDE = 140  # columns of a table that goes to a file or a pipe


@dataclass(frozen=True, slots=True)
class Setting:
    """`base` is the configuration's folder, `root` the one of indexes and runs below it."""

    config: Config
    source: Path | None
    base: Path
    root: Path
    baseline: Path

    @property
    def runs(self) -> Path:
        return self.root / "runs"


def open_setting(arguments: argparse.Namespace) -> Setting:
    """From --config; without it from config.yaml, and without that from the defaults.

    Raises ConfigError.
    """
    named = Path(arguments.config) if arguments.config else DEFAULT_CONFIG
    source = named if arguments.config or named.is_file() else None
    base = named.resolve().parent
    config = load_config(source) if source else parse_config("site: {}", source="the defaults", base=base)
    evals = config.evals
    return Setting(
        config=config,
        source=source,
        base=base,
        root=evals.path or base / ".fingerpost" / "evals",
        baseline=evals.baseline or base / "evals" / "baseline.json",
    )


def add_measuring(parser: argparse.ArgumentParser) -> None:
    """The options of the commands that measure."""
    parser.add_argument(
        "--dataset", action="append", metavar="DIR", help=f"the dataset's folder; default: {DEFAULT_DATASET}"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the run there; default: a new folder")


def datasets(arguments: argparse.Namespace, setting: Setting) -> list[Path]:
    """The folders of --dataset, or our own."""
    return [Path(name) for name in arguments.dataset or [setting.base / DEFAULT_DATASET]]


def terminal() -> Console:
    """Stdout for people; wide when nobody looks, so that no column is cut off in a file."""
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)


def tell(lines: Sequence[str]) -> None:
    """Notices, on stderr."""
    for line in lines:
        print(line, file=sys.stderr)


@contextmanager
def progress(what: str) -> Iterator[Told]:
    """A bar on stderr; gives the function that moves it."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
