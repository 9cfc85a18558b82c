"""A run on disk: a folder that says what was measured, with which settings, and what came out.

    config.json     kind, dataset, settings, models, revision
    results.jsonl   one line for each case
    summary.json    what `--json` prints
    run.trec, qrels.trec   retrieval only
    report.html     for people

A folder appears whole or not at all.  Nothing that looks like a secret is written.
"""

import json
import platform
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any

from evals.cases import Dataset
from evals.corpus import file_name
from evals.errors import RunError
from pipeline.config import Config

FORM = 1  # of the folder's files
SECRET = re.compile(r"key|token|secret|password|headers", re.IGNORECASE)
MASK = "**********"


@dataclass(frozen=True, slots=True)
class Record:
    """What a measurement hands out.  `files` are further texts by file name."""

    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was read back."""

    name: str
    config: dict[str, Any]
    summary: dict[str, Any]
    rows: list[dict[str, Any]]


def describe(
    dataset: Dataset, config: Config, kind: str, *, name: str, judge: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The content of config.json.  `judge` is the judge's model and prompt hash."""
    keep = {"ingestion", "embedding", "query", "answer", "llm", "evals"}
    return {
        "form": FORM,
        "kind": kind,
        "name": name,
        "started": datetime.now(UTC).isoformat(),
        "dataset": {"name": dataset.name, "fingerprint": dataset.fingerprint, "by": dataset.level},
        "judge": dict(judge) if judge else None,
        "settings": _masked(config.model_dump(mode="json", include=keep)),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("fingerpost", "ir-measures")},
        },
    }


def _masked(value: Any, *, secret: bool = False) -> Any:
    """The settings without what the configuration's own types do not hide: headers, components' arguments."""
    if isinstance(value, dict):
        return {key: _masked(one, secret=secret or bool(SECRET.search(key))) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, secret=secret) for one in value]
    return MASK if secret and isinstance(value, str) else value


def run_folder(root: Path, kind: str, dataset: str) -> Path:
    """A new run's folder below `root`; it is not made yet."""
    return root / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{kind}-{file_name(dataset)}-{token_hex(3)}"


def write_run(folder: Path, config: dict[str, Any], record: Record) -> Run:
    """Writes the folder and hands out the run.  Raises RunError when it is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} is there already: name another folder with --out")
    # What is being written lies beside its place, under a name that no reader looks for.
    unfinished = folder.with_name(f".{folder.name}.{token_hex(3)}")
    texts = {
        "config.json": json.dumps(config, ensure_ascii=False, indent=1) + "\n",
        "results.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in record.rows),
        "summary.json": json.dumps(record.summary, ensure_ascii=False, indent=1) + "\n",
        **record.files,
    }
    try:
        unfinished.mkdir(parents=True)
        for name, text in texts.items():
            (unfinished / name).write_text(text, encoding="utf-8")
        if folder.is_dir():
            folder.rmdir()
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise RunError(f"{folder} cannot be written: {error}") from error
    return Run(str(config["name"]), config, record.summary, record.rows)


def read_run(folder: Path) -> Run:
    """The run in `folder`.  Raises RunError when it holds none, or one of another form."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        lines = (folder / "results.jsonl").read_text(encoding="utf-8").split("\n")
        rows = [json.loads(line) for line in lines if line]
        form = config["form"]
    except FileNotFoundError as error:
        raise RunError(f"{folder} is no run: there is no {Path(error.filename).name}") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(f"{folder} is no run that can be read: {error!r}") from error
    if form != FORM:
        raise RunError(f"{folder} has form {form}, this is form {FORM}: measure again")
    return Run(folder.name, config, summary, rows)


def newest(root: Path) -> Path:
    """The folder of the last run below `root`.  Raises RunError when there is none."""
    found: dict[str, Path] = {}
    for path in root.glob("*/config.json"):
        try:
            found[str(json.loads(path.read_text(encoding="utf-8"))["started"])] = path.parent
        except (OSError, ValueError, KeyError, TypeError):
            continue  # somebody else's folder
    if not found:
        raise RunError(f"there is no run below {root}: measure first, or name a run's folder")
    return found[max(found)]
