"""Records on real databases: written, refused, forgotten, and what is lost."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from api.memory import UnknownMessage, Vote, open_memory, tables
from api.memory.database import open_engine
from api.memory.models import now
from pipeline.config.memory import MemoryConfig
from tests.api.memory.records import counted, record
from tests.api.memory_databases import memory_config


async def test_what_was_put_is_there_after_the_shut_down(config: MemoryConfig) -> None:
    """More records than one batch holds, put at once, are all written, sections and all."""
    async with open_memory(config) as memory:
        assert memory is not None
        for _ in range(450):
            memory.record(record())
    assert await counted(config, tables.answers) == 450
    assert await counted(config, tables.found_sections) == 900


async def test_a_record_that_the_database_refuses_takes_no_other_with_it(config: MemoryConfig) -> None:
    """The lost one is counted, the rest of its batch is written."""
    lost: list[int] = []
    async with open_memory(config, lost.append) as memory:
        assert memory is not None
        memory.record(record())
        memory.record(record(model=None))
        memory.record(record())
    assert (await counted(config, tables.answers), lost) == (2, [1])


async def test_old_answers_and_votes_are_forgotten_at_the_start(config: MemoryConfig) -> None:
    """What is older than `retention_days` is deleted with all that belongs to it."""
    async with open_memory(config) as memory:
        assert memory is not None
        memory.record(record("old", asked_at=now() - timedelta(days=91)))
        memory.record(record("new", asked_at=now() - timedelta(days=89)))
        await memory.vote(memory.sign("msg_" + "1" * 32), Vote(1))
        await memory.flush()
        engine = open_engine(config)
        async with engine.begin() as db:
            await db.execute(tables.votes.update().values(voted_at=now() - timedelta(days=91)))
        await engine.dispose()
    async with open_memory(config) as memory:
        assert memory is not None
        await memory.forgotten()
    assert [
        await counted(config, table) for table in (tables.answers, tables.found_sections, tables.votes)
    ] == [1, 2, 0]


async def test_a_full_queue_drops_and_counts(config: MemoryConfig) -> None:
    """A burst that the database cannot take does not grow without bound."""
    lost: list[int] = []
    async with open_memory(config, lost.append) as memory:
        assert memory is not None
        for _ in range(10_500):  # no await in between: the writer has no turn
            memory.record(record(sections=()))
        await memory.flush()
    assert sum(lost) == 500
    assert await counted(config, tables.answers) == 10_000


async def test_a_database_that_is_away_stops_nobody(tmp_path: Path) -> None:
    """The memory opens, takes records, signs ids, and gives up what it cannot write."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    lost: list[int] = []
    async with open_memory(memory_config(f"sqlite+aiosqlite:///{blocked}/m.db"), lost.append) as memory:
        assert memory is not None
        assert memory.unsign(memory.sign("msg_" + "a" * 32)) == "msg_" + "a" * 32
        memory.record(record())
        with pytest.raises(Exception, match="could not be kept") as raised:
            await memory.vote(memory.sign("msg_" + "a" * 32), Vote(1))
        assert raised.value.code == "memory"  # type: ignore[attr-defined]
    assert sum(lost) == 1


async def test_a_database_that_comes_back_gets_what_waited(tmp_path: Path) -> None:
    """Records put while it was away are written, and ids get the shared secret."""
    folder = tmp_path / "late"
    folder.write_text("in the way")
    config = memory_config(f"sqlite+aiosqlite:///{folder}/m.db")
    async with open_memory(config) as memory:
        assert memory is not None
        memory.record(record())
        folder.unlink()
        await memory.flush()
        signed = memory.sign("msg_" + "b" * 32)
    async with open_memory(config) as again:
        assert again is not None
        assert again.unsign(signed) == "msg_" + "b" * 32
    assert await counted(config, tables.answers) == 1


@pytest.mark.parametrize("words", ["NUL \x00 here", "half \ud83d a pair", "𝔘nicode ✓"])
async def test_any_words_can_be_kept(config: MemoryConfig, words: str) -> None:
    """What neither database takes is left out; everything else stays."""
    async with open_memory(config) as memory:
        assert memory is not None
        memory.record(record(memory.words(words)))
    assert await counted(config, tables.answers) == 1


async def test_without_words_only_counts_are_kept(config: MemoryConfig) -> None:
    """`log_questions: false`: no question, no note."""
    config = config.model_copy(update={"log_questions": False})
    async with open_memory(config) as memory:
        assert memory is not None
        assert memory.words("secret") is None
        await memory.vote(memory.sign("msg_" + "c" * 32), Vote(0, ("wrong",), "secret note"))
    engine = open_engine(config)
    async with engine.connect() as db:
        row = (await db.execute(select(tables.votes))).one()
    await engine.dispose()
    assert (row.notes, row.tags) == ("", ["wrong"])


async def test_ids_of_others_are_unknown(config: MemoryConfig) -> None:
    """A made-up, changed or bare id has no vote."""
    async with open_memory(config) as memory:
        assert memory is not None
        good = memory.sign("msg_" + "d" * 32)
        for bad in (
            good[:-2],
            "msg_" + "e" * 36 + good[36:],
            "msg_" + "d" * 32,
            "",
            ".",
            "ü.ü",
            memory.sign("x"),
        ):
            with pytest.raises(UnknownMessage):
                memory.unsign(bad)


async def test_deleted_questions_leave_the_file(tmp_path: Path) -> None:
    """SQLite overwrites what is deleted: a forgotten question is not in the file's free pages."""
    config = memory_config(f"sqlite+aiosqlite:///{tmp_path / 'm.db'}")
    async with open_memory(config) as memory:
        assert memory is not None
        memory.record(record("xyzzy-forget-me " * 200, asked_at=now() - timedelta(days=100)))
    async with open_memory(config) as memory:
        assert memory is not None
        await memory.forgotten()
    engine = open_engine(config)
    async with engine.connect() as db:
        await db.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    await engine.dispose()
    assert b"xyzzy-forget-me" not in (tmp_path / "m.db").read_bytes()
