"""Reads a dataset's folder, and lists everything that is wrong with it at once.

The `site:` section is checked by `pipeline.config`, as config.yaml's own is.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from evals.cases.labels import Site, addresses
from evals.cases.models import Case, Dataset
from evals.errors import DatasetError
from pipeline.config import Config, SiteConfig, parse_config
from pipeline.errors import ConfigError, SiteError
from pipeline.models import Page

KNOWN = ("name", "description", "license", "site", "cases")


@dataclass(slots=True)
class Draft:
    """A dataset on its way, with what was found wrong so far."""

    folder: Path
    about: dict[str, Any] = field(default_factory=dict)
    site: SiteConfig | None = None
    cases: list[tuple[str, Case]] = field(default_factory=list)
    """Each with where it stands: "cases.jsonl:3"."""
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def open_dataset(folder: Path, config: Config | None = None, *, needs_labels: bool = True) -> Dataset:
    """The dataset in `folder`, its labels held against the pages of its site.

    `config` says whether drafts and unlisted pages count.  With `needs_labels`, a dataset without a
    judged case cannot be used.  Raises DatasetError with every problem found.
    """
    draft = Draft(folder)
    _read_about(draft)
    _read_cases(draft)
    pages = _pages(draft, config) if draft.site else []
    described = draft.site or SiteConfig()
    site = Site(pages, described.i18n.defaultLocale)
    draft.problems += _too_long(draft, config)
    if pages:
        for where, case in draft.cases:
            draft.problems += [f"{where}: case {case.id}: {problem}" for problem in site.problems(case)]
    if needs_labels and draft.cases and not any(case.judged for _, case in draft.cases):
        draft.problems.append("no case is judged: `relevant` is missing everywhere, so nothing can be scored")
    if draft.problems:
        raise DatasetError(str(folder), draft.problems)
    cases = tuple(case for _, case in draft.cases)
    return Dataset(
        name=draft.about["name"],
        description=str(draft.about.get("description", "")),
        site=described,
        cases=cases,
        judgments={case.id: site.judgment(case) for case in cases if case.judged},
        urls=addresses(pages),
        fingerprint=_fingerprint(cases),
        folder=folder,
        notices=tuple(draft.notices),
    )


def _read_about(draft: Draft) -> None:
    path = draft.folder / "dataset.yaml"
    try:
        loaded = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        draft.problems.append("there is no dataset.yaml")
        return
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        draft.problems.append(f"dataset.yaml cannot be read: {error}")
        return
    if not isinstance(loaded, dict):
        draft.problems.append("dataset.yaml should be a mapping with `name`, `site` and `cases`")
        return
    draft.about = {str(key): value for key, value in loaded.items()}
    unknown = [key for key in draft.about if key not in KNOWN]
    draft.notices += [f"dataset.yaml: {key} is not read" for key in unknown]
    name = draft.about.get("name")
    if not isinstance(name, str) or not name.strip():
        draft.problems.append("dataset.yaml: name: should be a text")
    _read_site(draft)


def _read_site(draft: Draft) -> None:
    site = draft.about.get("site")
    if not isinstance(site, dict):
        draft.problems.append("dataset.yaml: site: is missing; it is written as in config.yaml")
        return
    try:
        text = json.dumps({"site": site}, default=str)  # JSON is YAML
        draft.site = parse_config(text, source="dataset.yaml", base=draft.folder.resolve()).site
    except ConfigError as error:
        draft.problems += [f"dataset.yaml: {problem}" for problem in error.problems]


def _read_cases(draft: Draft) -> None:
    name = draft.about.get("cases", "cases.jsonl")
    if not isinstance(name, str):
        draft.problems.append("dataset.yaml: cases: should name a JSONL file")
        return
    try:
        text = (draft.folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        draft.problems.append(f"{name} cannot be read: {error}")
        return
    unknown: Counter[str] = Counter()
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            _read_case(draft, f"{name}:{number}", line, unknown)
    draft.notices += [f"{name}: {key} is not read ({count} cases)" for key, count in unknown.items()]
    draft.problems += _duplicates(draft.cases)
    if not draft.cases and not draft.problems:
        draft.problems.append(f"{name} holds no case")


def _read_case(draft: Draft, where: str, line: str, unknown: Counter[str]) -> None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        draft.problems.append(f"{where}: not JSON: {error}")
        return
    if not isinstance(value, dict):
        draft.problems.append(f"{where}: should be a JSON object")
        return
    try:
        case = Case.model_validate(value)
    except ValidationError as error:
        draft.problems += [f"{where}: {problem}" for problem in _said(error)]
        return
    unknown.update(_extra(case))
    draft.cases.append((where, case))


def _extra(case: BaseModel) -> Iterator[str]:
    yield from case.model_extra or {}
    for name in type(case).model_fields:
        value = getattr(case, name)
        for one in value if isinstance(value, tuple) else [value]:
            if isinstance(one, BaseModel):
                yield from (f"{name}.{key}" for key in one.model_extra or {})


def _said(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        yield f"{key}: {item['msg'].removeprefix('Value error, ')}" if key else item["msg"]


def _duplicates(cases: Iterable[tuple[str, Case]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for where, case in cases:
        if case.id in first:
            yield f"{where}: the id {case.id} is already that of {first[case.id]}"
        first.setdefault(case.id, where)


def _pages(draft: Draft, config: Config | None) -> list[Page]:
    from ingest.syncing import read_pages  # brings the vector store's libraries: not for --help

    assert draft.site is not None
    base = config or parse_config("site: {}", source="", base=draft.folder)
    try:
        pages, problems, _ = read_pages(base.model_copy(update={"site": draft.site}))
    except SiteError as error:
        draft.problems.append(str(error))
        return []
    if problems:
        draft.notices.append(f"the site has {len(problems)} problems, the first: {problems[0]}")
    return pages


def _too_long(draft: Draft, config: Config | None) -> Iterator[str]:
    limit = config.answer.max_question_chars if config else None
    for where, case in draft.cases:
        if limit and len(case.question) > limit:
            yield f"{where}: case {case.id}: the question is longer than answer.max_question_chars, {limit}"


def _fingerprint(cases: tuple[Case, ...]) -> str:
    dumped = [case.model_dump(mode="json", exclude={"tags"}) for case in cases]
    dumped.sort(key=lambda case: str(case["id"]))
    return hashlib.sha256(json.dumps(dumped, sort_keys=True).encode()).hexdigest()[:16]
