"""Questions from production (`python -m api insights --drafts FILE`) become cases of a dataset."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.cases import Case
from evals.errors import DatasetError


def read_drafts(path: Path) -> list[dict[str, Any]]:
    """The drafts as they stand in the file.  Raises DatasetError with every line that is no case."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(str(path), [f"cannot be read: {error}"]) from error
    cases, problems = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            Case.model_validate(value)
            cases.append(value)
        except ValidationError as error:
            problems.append(f"{path.name}:{number}: {error.errors(include_url=False)[0]['msg']}")
        except ValueError as error:
            problems.append(f"{path.name}:{number}: not JSON: {error}")
    if problems:
        raise DatasetError(str(path), problems)
    return cases


def added(folder: Path, drafts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Appends to the dataset in `folder` what it does not ask yet, and hands it out.

    Raises DatasetError when its file of cases cannot be read or written.
    """
    path = folder / "cases.jsonl"
    try:
        text = path.read_text(encoding="utf-8")
        there = [json.loads(line) for line in text.splitlines() if line.strip()]
        asked = {str(case["question"]).casefold().strip() for case in there} | {
            str(case["id"]) for case in there
        }
        new = _new(drafts, asked)
        gap = "" if not text or text.endswith("\n") else "\n"
        with path.open("a", encoding="utf-8") as file:
            file.write(gap + "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in new))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(str(folder), [f"cases.jsonl: {error!r}"]) from error
    return new


def _new(drafts: list[dict[str, Any]], asked: set[str]) -> list[dict[str, Any]]:
    new = []
    for case in drafts:
        marks = {str(case["question"]).casefold().strip(), str(case["id"])}
        if not marks & asked:
            asked |= marks
            new.append(case)
    return new
