"""The index that is served now.  It follows the switches of ingests; it never writes."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.errors import FingerpostError, NoIndex, QuestionError, StaleIndex, StoreError
from pipeline.models import Scope
from pipeline.records import (
    Manifest,
    VersionRecord,
    read_manifest,
    read_outline,
)
from pipeline.spelling import dictionary
from pipeline.store import Generation, Store
from pipeline.vocabulary import Vocabulary

log = logging.getLogger(__name__)
FOLLOW_EVERY = 2.0  # seconds
KEPT_OPEN = 60.0  # seconds that an index stays open after its time: far longer than any search takes


@dataclass(frozen=True, slots=True)
class Served:
    """One open generation and what it says of itself."""

    generation: Generation
    manifest: Manifest
    versions: tuple[VersionRecord, ...]
    locales: tuple[str, ...]
    pages: int
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)

    def vocabulary(self, language: str) -> Vocabulary:
        """The words of the docs in this language; empty when it is none of the index's."""
        return self.vocabularies.get(language) or Vocabulary({}, 0)

    @property
    def version_names(self) -> tuple[str, ...]:
        """Every name and label that a question may ask for."""
        return tuple(dict.fromkeys(n for v in self.versions for n in (v.name, v.label) if n))

    def named(self, version: str | None) -> tuple[str, str]:
        """The name and the label of the version that is meant; None means the last one."""
        for known in self.versions:
            if known.last if version is None else version in (known.name, known.label):
                return known.name, known.label or known.name
        return version or "", version or "this version"


class LiveIndex:
    """Holds the current generation open.  `embedding` is the name of the model that asks."""

    def __init__(self, store: Store, embedding: str) -> None:
        self._store = store
        self._embedding = embedding
        self._served: Served | None = None
        self._retired: list[tuple[float, Generation]] = []  # and when each was retired
        self._why_not: FingerpostError | None = None
        self._refused: str | None = None  # the name of an index that cannot be served

    @property
    def served(self) -> Served:
        """What is served.  Raises NoIndex or StaleIndex when nothing can be."""
        if self._served is None:
            raise self._why_not or NoIndex("nothing is indexed yet: run `python -m ingest`")
        return self._served

    async def refresh(self) -> bool:
        """Opens the current generation if it is another one; True when it did.

        What is open already goes on being served when the new one cannot be: the reason is logged.
        """
        try:
            name = await self._store.current()
            if name in (None, self._refused) or (self._served and self._served.generation.name == name):
                return False
            opened = await self._open(str(name))
        except FingerpostError as error:
            if isinstance(error, (NoIndex, StaleIndex)):
                self._refused = name  # it will not get better: wait for another one
            if self._served is None:
                self._why_not = error
            elif str(error) != str(self._why_not):
                log.warning("the new index cannot be served, the one before goes on: %s", error)
                self._why_not = error
            return False
        if self._served is not None:
            self._retired.append((time.monotonic(), self._served.generation))
        self._served, self._why_not = opened, None
        return True

    async def _close_retired(self, older_than: float) -> None:
        """Closes what was retired so many seconds ago: before, a question may still be searching in it."""
        while self._retired and time.monotonic() - self._retired[0][0] >= older_than:
            await self._close(self._retired.pop(0)[1])

    async def _open(self, name: str) -> Served:
        generation = await self._store.open_reader(name)
        try:
            manifest = await read_manifest(generation)
            if manifest is None:
                raise NoIndex(f"the index {name} is not whole: run `python -m ingest --rebuild`")
            if manifest.embedding != self._embedding:
                raise StaleIndex(
                    f"the index was built with {manifest.embedding}, the configuration says "
                    f"{self._embedding}: run `python -m ingest`"
                )
            outline = await read_outline(generation)
            # Half a second the first time: not while somebody waits for an answer.
            for locale in {manifest.default_locale, *outline.locales}:
                await asyncio.to_thread(dictionary, locale)
        except BaseException:
            await self._store.close_reader(generation)
            raise
        return Served(
            generation, manifest, outline.versions, outline.locales, outline.pages, outline.vocabularies
        )

    async def follow(self) -> None:
        """Refreshes again and again, until cancelled."""
        while True:
            await asyncio.sleep(FOLLOW_EVERY)
            try:
                await self.refresh()
                await self._close_retired(KEPT_OPEN)
            except Exception:
                log.exception("the new index could not be opened")

    async def _close(self, generation: Generation) -> None:
        with contextlib.suppress(OSError, StoreError):
            await self._store.close_reader(generation)

    async def aclose(self) -> None:
        """Gives back all that is open."""
        await self._close_retired(0)
        if self._served:
            await self._close(self._served.generation)
        self._served = None


def check_scope(served: Served, scope: Scope) -> None:
    """Raises QuestionError when the index has no such version or language."""
    for name, value, known in (
        ("version", scope.version, served.version_names),
        ("language", scope.language, served.locales),
    ):
        if value is not None and value not in known:
            raise QuestionError(
                f"there is no {name} {value!r} in the index; it has {', '.join(known) or 'none'}",
                field=f"filter.{name}",
                code=f"unknown-{name}",
            )
