"""Vectors of an ingest that has not finished, so that one that is killed does not pay for them twice.

One SQLite file beside the index.  It holds what one unfinished ingest has embedded and no more: when the
new index is the current one its vectors are there, and the file is emptied.
"""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")
log = logging.getLogger(__name__)
AT_ONCE = 500  # hashes in one question to SQLite, which takes 999 in its oldest form


class KeptVectors:
    """The vectors by the hash of their text.  `model` says whose they are: those of another one are dropped.

    A file that is damaged or cannot be written is as good as none: the work is only done again.
    """

    def __init__(self, path: Path, model: str) -> None:
        self._path = path
        self._model = model

    def read(self, hashes: Sequence[str]) -> dict[str, list[float]]:
        """The vectors that are there."""
        if not self._path.exists():
            return {}
        return self._tried(lambda database: self._found(database, hashes)) or {}

    def _found(self, database: sqlite3.Connection, hashes: Sequence[str]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for start in range(0, len(hashes), AT_ONCE):
            some = hashes[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = database.execute(
                f"SELECT hash, vector FROM vectors WHERE model = ? AND hash IN ({marks})",  # noqa: S608 -- marks are "?" alone  # nosec B608
                (self._model, *some),
            )
            found |= {name: np.frombuffer(data, np.float32).tolist() for name, data in rows}
        return found

    def write(self, vectors: Mapping[str, Sequence[float]]) -> None:
        """Keeps these; when it returns they outlive a kill."""
        rows = [
            (self._model, name, np.asarray(vector, np.float32).tobytes()) for name, vector in vectors.items()
        ]

        def insert(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM vectors WHERE model <> ?", (self._model,))
            database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
            database.commit()

        self._tried(insert)

    def clear(self) -> None:
        """The index holds them now."""
        try:
            for path in (self._path, *self._path.parent.glob(f"{self._path.name}-*")):
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s could not be removed: %s", self._path, error)

    def _tried(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path)) as database:
                # The log survives a kill without waiting for the disk; after a power cut some work is done again.
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(
                    "CREATE TABLE IF NOT EXISTS vectors"
                    " (model TEXT, hash TEXT, vector BLOB, PRIMARY KEY (model, hash)) WITHOUT ROWID"
                )
                return work(database)
        except (sqlite3.Error, OSError) as error:
            log.warning("%s cannot be used, an ingest that is killed begins anew: %s", self._path, error)
            if not isinstance(error, sqlite3.OperationalError):  # not full or locked, but damaged
                self.clear()
            return None
