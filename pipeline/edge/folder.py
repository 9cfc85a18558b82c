"""The folder on disk: one sub-folder a collection, its settings beside the engine's files, the lock.

    PATH/.writer.lock                  held by the one that writes, or shared by those that read
                                       (flock: freed when the process dies, however it does)
    PATH/.writer.pid                   which process writes, for the message to the second
    PATH/NAME/collection.json          the settings; written last, so without it there is no collection
    PATH/NAME/edge_config.json, segments/...           the engine's own

What does not live here: the open shards.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from filelock import FileLock, Timeout
from qdrant_client import models

from pipeline.edge.refusals import CollectionMissing, Refused
from pipeline.errors import StoreLocked

if sys.platform != "win32":
    import fcntl

_SETTINGS = "collection.json"

# What can be in a sub-folder whose creation or removal was cut short.
_LEFTOVERS = {"edge_config.json", "segments", "collection.tmp"}

# What a server refuses in a name; a leading dot is ours, for the lock.
_NAME = re.compile(r"[^.<>:\"/\\|?*\x00-\x1f][^<>:\"/\\|?*\x00-\x1f]{0,254}")


class Folder:
    """The collections under `path`.  Whoever writes calls `lock()` first, whoever reads `share()`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Not bound to the thread that took it: loading and closing happen in worker threads.
        self._lock = FileLock(path / ".writer.lock", timeout=0, thread_local=False)
        self._writer = path / ".writer.pid"
        self._shared: int | None = None

    def names(self) -> list[str]:
        return sorted(found.parent.name for found in self.path.glob(f"*/{_SETTINGS}"))

    def has(self, name: str) -> bool:
        return _NAME.fullmatch(name) is not None and (self.path / name / _SETTINGS).is_file()

    def shard(self, name: str) -> Path:
        """Where the collection's engine files are.  Raises Refused for a name that is no file name."""
        if _NAME.fullmatch(name) is None:
            raise Refused(f"{name!r} cannot be the name of a collection")
        return self.path / name

    def settings(self, name: str) -> models.CreateCollection:
        if not self.has(name):
            raise CollectionMissing(name)
        return models.CreateCollection.model_validate_json((self.path / name / _SETTINGS).read_bytes())

    def save_settings(self, name: str, settings: models.CreateCollection) -> None:
        """Makes the collection be there, in one step."""
        target = self.path / name / _SETTINGS
        draft = target.with_suffix(".tmp")
        draft.write_text(settings.model_dump_json(exclude_none=True, indent=1), encoding="utf-8")
        os.replace(draft, target)

    def make_room(self, name: str) -> None:
        """Makes an empty sub-folder, over what a creation or removal that was cut short left behind.

        Raises Refused when files of somebody else are there.
        """
        folder = self.shard(name)
        if folder.exists():
            found = {entry.name for entry in folder.iterdir()}
            if not found <= _LEFTOVERS:
                raise Refused(f"{folder} holds files that are not a collection's: choose another path")
            shutil.rmtree(folder)
        folder.mkdir(parents=True)

    def remove(self, name: str) -> None:
        """Removes the settings first: a removal that is cut short leaves no half collection."""
        folder = self.shard(name)
        (folder / _SETTINGS).unlink(missing_ok=True)
        shutil.rmtree(folder)

    def lock(self) -> None:
        """Becomes the folder's only writer, at once or not at all.  Raises StoreLocked.  Idempotent."""
        if self._lock.is_locked:
            return
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreLocked(self._who_holds()) from None
        self._writer.write_text(str(os.getpid()), encoding="utf-8")

    def share(self) -> None:
        """Keeps writers out while this reader is here; any number of readers.  Raises StoreLocked.

        The engine has no read-only mode: opening a folder removes the journals that a live writer
        still counts on (its next flush fails), and closing it writes back what was loaded, over what
        a writer has written since (measured: payload indexes silently wrong).  Not on Windows, whose
        files cannot be locked so: there a writer must be kept out by other means.
        """
        if sys.platform == "win32" or self._shared is not None:
            return
        descriptor = os.open(self._lock.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise StoreLocked(self._who_holds()) from None
        self._writer.unlink(missing_ok=True)  # of a writer that was killed: none lives now
        self._shared = descriptor

    def unlock(self) -> None:
        """Gives back what `lock` or `share` took."""
        if self._shared is not None:
            os.close(self._shared)
            self._shared = None
        if self._lock.is_locked:
            self._writer.unlink(missing_ok=True)
            self._lock.release()

    def _who_holds(self) -> str:
        pid = self._writer.read_text(encoding="utf-8") if self._writer.is_file() else ""
        if pid:
            whom = "this process itself" if pid == str(os.getpid()) else f"process {pid}"
            return f"the index in {self.path} is being written by {whom}: wait until that is done, or stop it"
        return (
            f"the index in {self.path} is being read by other clients: write into a copy of the folder, "
            "or stop them"
        )
