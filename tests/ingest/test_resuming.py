"""A long ingest that is killed does not pay twice for what it had embedded."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.schema import BaseNode
from pydantic import PrivateAttr

from ingest.syncing import BATCHES_AT_ONCE, PAGES_AT_A_TIME
from pipeline.embedding.kept import KeptVectors
from tests.fakes.embedding import HashedWords, embedding_of
from tests.ingest.synced_site import Site

PAGES = 8 * PAGES_AT_A_TIME
UNDER_WAY = 2 * BATCHES_AT_ONCE * (PAGES_AT_A_TIME + 4)  # texts and titles of unfinished batches, at most


@pytest.fixture
def big(tmp_path: Path) -> Site:
    """More pages than are written at a time, each of one chunk."""
    site = Site(tmp_path / "site")
    for number in range(PAGES):
        site.write(f"docs/more/page{number}.md", f"# Page {number}\n\nAbout subject {number}.\n")
    return site


async def test_what_a_killed_ingest_has_embedded_is_used(big: Site) -> None:
    """kill -9 in the middle: the next ingest embeds the rest alone, and the index is the same as at one go."""
    words = [sys.executable, "-m", "tests.ingest.dying", str(big.root), str(UNDER_WAY + 40)]
    killed = await asyncio.create_subprocess_exec(*words)
    assert await killed.wait() == -signal.SIGKILL
    assert await big.store.current() is None
    report = await big.sync()
    assert report.counts.reused >= PAGES_AT_A_TIME  # but for the batches that were under way
    assert report.counts.embedded == report.counts.chunks - report.counts.reused
    again = sum("About subject" in text for text in big.model.texts)
    assert again <= PAGES - PAGES_AT_A_TIME
    resumed = await big.points()
    await big.sync(rebuild=True)
    assert await big.points() == resumed


async def test_nothing_is_kept_once_the_index_is_there(big: Site) -> None:
    """The file is bounded by one unfinished ingest."""
    await big.sync()
    assert not list(big.config.store.path.glob("vectors.sqlite*"))


async def test_progress_counts_pages_to_the_last(big: Site) -> None:
    """It never goes back, and ends with all."""
    told: list[tuple[int, int]] = []
    await big.sync(progress=lambda *seen: told.append(seen))
    assert told == sorted(told)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] == PAGES + 3


def test_vectors_come_back_as_they_were(tmp_path: Path) -> None:
    """Float for float, more than SQLite takes in one question, and none that was not kept."""
    kept = KeptVectors(tmp_path / "a/vectors.sqlite", "m")
    vectors = {str(number): [number / 3, 1.0] for number in range(1200)}
    kept.write(vectors)
    found = kept.read([*vectors, "other"])
    assert found.keys() == vectors.keys()
    assert found["7"] == pytest.approx([7 / 3, 1.0])


def test_vectors_of_another_model_are_dropped(tmp_path: Path) -> None:
    """Those of two models never mix."""
    path = tmp_path / "vectors.sqlite"
    KeptVectors(path, "old").write({"a": [1.0]})
    assert KeptVectors(path, "new").read(["a"]) == {}
    KeptVectors(path, "new").write({"b": [2.0]})
    assert KeptVectors(path, "old").read(["a", "b"]) == {}


@pytest.mark.parametrize("damage", [b"no database at all, but text" * 100, b""])
async def test_a_damaged_file_costs_time_and_nothing_else(big: Site, damage: bytes) -> None:
    """It is told, and the ingest does all the work itself."""
    path = big.config.store.path / "vectors.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(damage)
    report = await big.sync()
    assert report.counts.embedded == report.counts.chunks


class Waiting(HashedWords):
    """Answers when four batches of pages are there."""

    _here: int = PrivateAttr(default=0)
    _four: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        self._here += 1
        if self._here == BATCHES_AT_ONCE:
            self._four.set()
        await self._four.wait()
        return await super().acall(nodes, **kwargs)


async def test_batches_of_pages_are_under_way_together(big: Site) -> None:
    """While the model has one, others are read, cut and stored: one at a time would wait here for ever."""
    big.embedding = embedding_of(Waiting(model_name="fake/16"))
    async with asyncio.timeout(30):
        report = await big.sync()
    assert report.plan.counts()["added"] == PAGES + 3
