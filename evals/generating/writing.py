"""Puts generated cases on the disk as a dataset's folder.  What a dataset looks like: docs/evals.md."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from evals.errors import DatasetError
from pipeline.config import SiteConfig


def check_free(folder: Path) -> None:
    """Raises DatasetError when there is a dataset already: somebody may have worked on it."""
    there = [file for file in ("dataset.yaml", "cases.jsonl") if (folder / file).exists()]
    if there:
        raise DatasetError(str(folder), [f"{file} is there already; name a new folder" for file in there])


def write_dataset(
    folder: Path, name: str, site: SiteConfig, cases: Sequence[Mapping[str, Any]], description: str
) -> None:
    """`dataset.yaml` and `cases.jsonl` in `folder`, the site's root relative to it.

    Raises DatasetError when there is a dataset already.
    """
    check_free(folder)
    told = site.model_dump(mode="json", exclude_defaults=True)
    told["root"] = Path(os.path.relpath(site.root, folder.resolve())).as_posix()
    about = {
        "name": name,
        "description": description,
        "site": told,
        "cases": "cases.jsonl",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)
        (folder / "cases.jsonl").write_text(text, encoding="utf-8")
        with (folder / "dataset.yaml").open("w", encoding="utf-8") as file:
            YAML().dump(about, file)
    except OSError as error:
        raise DatasetError(str(folder), [f"cannot be written: {error}"]) from error
