"""Which versions a docs instance has, where each lies and what part of the address it adds.

Rules of plugin-content-docs 3.10 `versions/files.ts`, `version.ts`, `validation.ts`.  Where Docusaurus
refuses to build because an option names a version that is not there, we go on when nothing hangs on it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.docusaurus.boundary import content_folder
from ingest.docusaurus.problems import Problem
from pipeline.config.site import DocsConfig
from pipeline.errors import SiteError

CURRENT = "current"
# Characters that no version may have: its name is a folder's name.
NOT_A_NAME = re.compile(r'[/\\<>:"|?*\x00-\x1f]|^\.\.?$|^\s*$')


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a docs instance.  `path_part` stands between routeBasePath and slug, often "".

    `tag_labels` are the labels of the tags that its tags file predefines.
    """

    name: str
    label: str
    path_part: str
    is_last: bool
    folder: Path
    tag_labels: Mapping[str, str] = field(default_factory=dict, hash=False)


def read_versions(root: Path, docs: DocsConfig) -> tuple[tuple[Version, ...], tuple[Problem, ...]]:
    """The versions of `docs`, newest first, and what is odd about them.  Raises SiteError."""
    source = _prefixed("versions.json", docs.id)
    available, problems = _available(root, docs, source)
    names = [n for n in available if docs.onlyIncludeVersions is None or n in docs.onlyIncludeVersions]
    problems += _unknown_names(docs, available, source)
    if not names:
        option = _option(docs, "onlyIncludeVersions")
        raise SiteError(f"{option} leaves no version; there are {_listed(available)}")
    if docs.lastVersion is not None and docs.lastVersion not in names:
        raise SiteError(f"{_option(docs, 'lastVersion')} is `{docs.lastVersion}`; there are {_listed(names)}")
    last = docs.lastVersion or next((name for name in names if name != CURRENT), CURRENT)
    return tuple(_version(root, docs, name, name == last) for name in names), tuple(problems)


def _available(root: Path, docs: DocsConfig, source: str) -> tuple[list[str], list[Problem]]:
    listed = _listed_versions(root / source)
    problems = []
    if docs.disableVersioning and listed is None:
        option = _option(docs, "disableVersioning")
        problems.append(Problem(source, 0, f"{option} is set, but there is no such file"))
    names = [] if docs.disableVersioning else listed or []
    if docs.includeCurrentVersion and CURRENT not in names:
        names = [CURRENT, *names]
    if not names:
        option = _option(docs, "includeCurrentVersion")
        raise SiteError(f"{option} is false and {source} names no other version")
    return names, problems


def _listed_versions(path: Path) -> list[str] | None:
    try:
        names: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SiteError(f"{path} cannot be read: {error}") from error
    if not isinstance(names, list) or not all(isinstance(n, str) and not NOT_A_NAME.search(n) for n in names):
        raise SiteError(f"{path} should hold a list of version names, each fit to be a folder's name")
    return list(dict.fromkeys(names))


def _unknown_names(docs: DocsConfig, available: Sequence[str], source: str) -> list[Problem]:
    options = {"versions": docs.versions, "onlyIncludeVersions": docs.onlyIncludeVersions or ()}
    return [
        Problem(source, 0, f"{_option(docs, key)} names `{name}`; there are {_listed(available)}")
        for key, names in options.items()
        for name in names
        if name not in available
    ]


def _version(root: Path, docs: DocsConfig, name: str, is_last: bool) -> Version:
    options = docs.versions.get(name)
    folder = (
        content_folder(root, docs.path)
        if name == CURRENT
        else root / _prefixed("versioned_docs", docs.id) / f"version-{name}"
    )
    if not folder.is_dir():
        raise SiteError(f"the docs folder {folder} does not exist ({_reason(docs, name)})")
    part = "" if is_last else "next" if name == CURRENT else name
    if options is not None and options.path is not None:
        part = options.path
    label = (options.label if options else None) or ("Next" if name == CURRENT else name)
    return Version(name, label, part, is_last, folder)


def _reason(docs: DocsConfig, name: str) -> str:
    """Which option or file says that the folder of version `name` should be there."""
    if name == CURRENT:
        return f"{_option(docs, 'path')} is `{docs.path}`"
    return f"{_prefixed('versions.json', docs.id)} lists `{name}`"


def _prefixed(name: str, plugin: str) -> str:
    return name if plugin == "default" else f"{plugin}_{name}"


def _option(docs: DocsConfig, key: str) -> str:
    return f"`{key}` of the docs instance `{docs.id}`"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
