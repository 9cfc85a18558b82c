"""Fills in a configuration that names only the site's folder from the site's own configuration.

What was read is kept in a small file below the store, so that Node is started again only when one of the
files that took part, or what is installed, has changed.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ingest.site_config.finding import find_config
from ingest.site_config.reading import SiteReading, read_site_config
from pipeline.config.site import SiteConfig

CACHE = "site-config.json"
FORM = 1  # of the cache and of what is read; to be raised when either changes


def complete_site(site: SiteConfig, store: Path, *, node: str | None) -> tuple[SiteConfig, tuple[str, ...]]:
    """`site` with the keys that were not set taken from `docusaurus.config.*` in its root, and notes.

    A `site` that lists `docs` is left alone, as is one whose root has no such file.  `store` is the
    folder of the index (`store.path`), `node` Node's executable, None to run nothing.  Raises SiteError when the file is there and cannot be read.
    """
    file = find_config(site.root)
    if "docs" in site.model_fields_set or file is None:
        return site, ()
    cache = store / CACHE
    kept = _kept(cache, file, node)
    if kept is None:
        reading = read_site_config(site.root, node=node)
        kept = {"values": reading.values, "notes": list(reading.notes)}
        _keep(cache, reading, kept, node)
    read = SiteConfig.model_validate({"root": site.root, **kept["values"]})
    added = read.model_fields_set - site.model_fields_set
    completed = site.model_copy(update={key: getattr(read, key) for key in added})
    return completed, tuple(map(str, kept["notes"]))


def _kept(cache: Path, file: Path, node: str | None) -> dict[str, Any] | None:
    """What was read from `file` last time, if nothing has changed since."""
    try:
        told = json.loads(cache.read_bytes())
        fresh = told["key"] == _key(file, map(Path, told["files"]), node)
        SiteConfig.model_validate(told["read"]["values"])
        return {"values": told["read"]["values"], "notes": told["read"]["notes"]} if fresh else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or not ours: it is read again and written anew


def _keep(cache: Path, reading: SiteReading, read: dict[str, Any], node: str | None) -> None:
    told = {
        "key": _key(reading.file, reading.files, node),
        "files": list(map(str, reading.files)),
        "read": read,
    }
    beside = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(told), encoding="utf-8")
        beside.replace(cache)
    except OSError:
        return  # it saves time and nothing else


def _key(file: Path, files: Iterable[Path], node: str | None) -> str:
    """A hash of the contents of `file` and `files`, of where Node is, and of when packages were installed."""
    digest = hashlib.sha256(f"{FORM} {file.absolute()} {node} {_installed(file.parent)}".encode())
    for path in sorted({file.absolute(), *files}):
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"\0{path}\0{hashlib.sha256(content).hexdigest()}".encode())
    return digest.hexdigest()


def _installed(folder: Path) -> int:
    modules = folder / "node_modules"
    return modules.stat().st_mtime_ns if modules.is_dir() else 0
