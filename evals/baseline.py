"""The accepted figures in a file that is committed: one entry for each kind and dataset.

An entry holds every case's metrics, because a paired test needs them; no text, no path, no time.
"""

import json
from pathlib import Path
from typing import Any

from evals.comparing import DIGITS, Measured
from evals.errors import RunError

FORM = 1
NAME = "baseline"


def key(one: Measured) -> str:
    """Where an entry stands: "retrieval/<dataset>"."""
    return f"{one.kind}/{one.dataset}"


def read_baseline(path: Path) -> dict[str, Measured]:
    """Every entry of the file; none when there is no file.  Raises RunError when it cannot be read."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
        if loaded["form"] != FORM:
            raise RunError(f"{path} has form {loaded['form']}, this is form {FORM}: accept a run again")
        return {name: _entry(value) for name, value in loaded["entries"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(f"{path} is no baseline that can be read: {error!r}") from error


def accept(path: Path, one: Measured) -> None:
    """Makes the run the entry of its kind and dataset; the others stay.  Raises RunError."""
    entries = {**read_baseline(path), key(one): one}
    lines = [
        f" {json.dumps(name)}: {json.dumps(_plain(entries[name]), sort_keys=True)}"
        for name in sorted(entries)
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        # One entry a line: a change of one dataset is one line of a diff.
        new.write_text(f'{{"form": {FORM}, "entries": {{\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error}") from error


def _plain(one: Measured) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in one.values.values() for name in row))
    rounded = {case: [row.get(name) for name in names] for case, row in one.values.items()}
    metrics = {
        name: round(value, DIGITS) for name, value in one.summary["metrics"].items() if value is not None
    }
    return {
        "kind": one.kind, "dataset": one.dataset, "fingerprint": one.fingerprint, "by": one.by,
        "judge": one.judge, "metrics": metrics, "names": names, "cases": rounded,
    }  # fmt: skip


def _entry(value: dict[str, Any]) -> Measured:
    rows = {
        case: {name: x for name, x in zip(value["names"], row, strict=True) if x is not None}
        for case, row in value["cases"].items()
    }
    return Measured(
        name=NAME,
        kind=value["kind"],
        dataset=value["dataset"],
        fingerprint=value["fingerprint"],
        by=value["by"],
        judge=value["judge"],
        summary={"dataset": value["dataset"], "metrics": value["metrics"]},
        values=rows,
        questions={},
    )
