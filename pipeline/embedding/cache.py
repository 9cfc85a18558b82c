"""The folder where prepared models lie, and how files get there whole.

Knows nothing of models: what the files are is said by `local`.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

from pipeline.errors import EmbeddingError

MANIFEST = "manifest.json"


def user_cache(environ: Mapping[str, str]) -> Path:
    """Fingerpost's folder in the user's cache folder, by each platform's custom.  Not made yet."""
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        given = environ.get("XDG_CACHE_HOME", "")
        # The XDG specification: a relative path is to be ignored.
        base = given if os.path.isabs(given) else "~/.cache"
    try:
        return Path(base).expanduser() / "fingerpost"
    except RuntimeError as error:
        raise EmbeddingError(
            "there is no home folder to keep the model in: set embedding.cache_dir"
        ) from error


def prepare(folder: Path, build: Callable[[], Mapping[str, bytes]]) -> None:
    """Sees to it that `folder` holds the files that `build` makes (name to content), all whole.

    Files that are there and agree with the manifest's sums are used as they are, also from a folder
    that cannot be written.  Otherwise one process builds and the others wait for it.  Raises
    EmbeddingError when the folder cannot be written, and whatever `build` raises.
    """
    if _intact(folder):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            if not _intact(folder):
                _write(folder, build())
    except OSError as error:
        raise EmbeddingError(
            f"the local model cannot be kept in {folder} ({error.strerror or error}): "
            "set embedding.cache_dir to a folder that can be written"
        ) from error


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _intact(folder: Path) -> bool:
    try:
        sums = json.loads((folder / MANIFEST).read_bytes())
        return bool(sums) and all(file_sha256(folder / name) == expected for name, expected in sums.items())
    except (OSError, ValueError, AttributeError):
        return False


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Every file is replaced whole, the manifest last: what a killed process leaves is never believed."""
    for name, content in files.items():
        _replace(folder / name, content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    _replace(folder / MANIFEST, json.dumps(sums, indent=1).encode())


def _replace(path: Path, content: bytes) -> None:
    # Not tempfile: it would make the file readable for this user alone, and caches are shared.
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
