"""The memory on real databases: migrations, records, retention, what is lost, what the owner reads."""

import asyncio
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection

from api.__main__ import main
from api.memory import AnswerRecord, FoundSection, UnknownMessage, Vote, open_memory, tables
from api.memory.database import migrate, open_engine
from api.memory.models import now
from api.memory.reading import Insights, normalised, read_insights
from evals.cases.reading import open_dataset
from pipeline.config.memory import MemoryConfig
from pipeline.errors import ConfigError
from tests.api.memory_databases import KINDS, fresh_url, memory_config, server
from tests.conftest import config_for, write_site

__all__ = ["server"]
NUMBERS = iter(range(10**6))


@pytest.fixture(params=KINDS)
async def config(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryConfig:
    """An empty database, of each kind in turn."""
    return memory_config(await fresh_url(request.param, tmp_path, request))


def record(question: str | None = "How?", **changes: Any) -> AnswerRecord:
    """The record of an answered question."""
    values: dict[str, Any] = {
        "message_id": f"msg_{next(NUMBERS):032x}", "asked_at": now(), "question": question,
        "ending": "answered", "mode": "model", "model": "m", "version": "", "language": "", "revision": "r1",
        "client": "c1", "retrieval_ms": 3.5, "first_token_ms": 40.0, "total_ms": 90.0,
        "prompt_tokens": 100, "completion_tokens": 20, "cost": 0.25,
        "sections": (FoundSection("https://d/a#x", True), FoundSection("https://d/b#y", False)),
    }  # fmt: skip
    return AnswerRecord(**{**values, **changes})


async def counted(config: MemoryConfig, table: Any) -> int:
    engine = open_engine(config)
    async with engine.connect() as db:
        number = await db.scalar(select(func.count()).select_from(table))
    await engine.dispose()
    return int(number or 0)


async def insights(config: MemoryConfig, days: int = 30) -> Insights:
    engine = open_engine(config)
    try:
        return await read_insights(engine, days)
    finally:
        await engine.dispose()


# --- migrations ----------------------------------------------------------------------------


async def test_the_migrations_make_the_tables_of_the_code(config: MemoryConfig) -> None:
    """After the newest migration nothing is left to do, and the tables are those of `tables`."""

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))

    engine = open_engine(config)
    assert await migrate(engine) is True
    assert await migrate(engine) is False
    async with engine.connect() as db:
        assert await db.run_sync(differences) == []
    await engine.dispose()


async def test_workers_that_start_at_once_migrate_once_and_share_their_secrets(config: MemoryConfig) -> None:
    """Processes started together all succeed, and each knows the ids of the others."""
    program = (
        "import asyncio, sys\n"
        "from api.memory import open_memory\n"
        "from pipeline.config.memory import MemoryConfig\n"
        "async def main():\n"
        "    async with open_memory(MemoryConfig.model_validate({'url': sys.argv[1]})) as memory:\n"
        "        print(memory.sign('msg_0123456789abcdef'), memory.client_hash('192.0.2.1'))\n"
        "asyncio.run(main())\n"
    )
    line = [sys.executable, "-c", program, config.url.get_secret_value()]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    workers = [await asyncio.create_subprocess_exec(*line, **pipes) for _ in range(3)]
    told = [await worker.communicate() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert [errors for _, errors in told] == [b"", b"", b""]
    assert len({said for said, _ in told}) == 1
    assert b"192.0.2.1" not in told[0][0]


# --- records -------------------------------------------------------------------------------


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


# --- what the owner reads ------------------------------------------------------------------


async def remembered(config: MemoryConfig) -> None:
    """Two days of questions, two votes down."""
    today = now()  # once, so that midnight cannot come between
    yesterday = today - timedelta(days=1)
    down = record("Does dark mode work on 2.0?", version="Next", asked_at=today)
    async with open_memory(config) as memory:
        assert memory is not None
        memory.record(record(asked_at=yesterday))
        memory.record(record(client="c2", asked_at=today))
        memory.record(record("What does it cost?", ending="refused", sections=(), asked_at=yesterday))
        memory.record(record("what does it cost", ending="refused", sections=(), asked_at=today))
        memory.record(record("Who are you?", ending="refused", sections=(), asked_at=yesterday))
        memory.record(down)
        memory.record(record("ancient", asked_at=now() - timedelta(days=60)))
        await memory.vote(memory.sign(down.message_id), Vote(1))
        await memory.vote(memory.sign(down.message_id), Vote(0, ("outdated",), "it says 1.0"))


async def test_insights_count_group_and_rank(config: MemoryConfig) -> None:
    """Days, endings, clients, votes, tokens; the same question is one group, the most asked first."""
    await remembered(config)
    found = await insights(config)
    assert (found.questions, found.clients) == (6, 2)
    assert [count for _, count in found.per_day] == [3, 3]
    assert found.endings == {"answered": 3, "refused": 3}
    assert (found.votes_up, found.votes_down) == (0, 1)
    assert [(a.question, a.times) for a in found.refused] == [("what does it cost", 2), ("Who are you?", 1)]
    [asked] = found.down_voted
    assert (asked.version, asked.tags, asked.notes) == ("Next", ("outdated",), ("it says 1.0",))
    assert found.cited_pages == (("https://d/a", 3),)
    assert found.found_pages == {"https://d/a": 3, "https://d/b": 3}
    [tokens] = found.tokens
    assert (tokens.model, tokens.answers, tokens.prompt, tokens.completion) == ("m", 6, 600, 120)
    assert tokens.cost == 1.5


async def test_insights_of_nothing(config: MemoryConfig) -> None:
    """An empty database is no error."""
    async with open_memory(config):
        pass
    found = await insights(config)
    assert (found.questions, found.endings, found.refused, found.cited_pages) == (0, {}, (), ())


def test_questions_are_the_same_but_for_case_and_punctuation() -> None:
    """The words decide, in their order."""
    assert normalised("  How do I install it?! ") == normalised("how do i INSTALL it")
    assert normalised("dogs eat cats") != normalised("cats eat dogs")


# --- the commands --------------------------------------------------------------------------


@pytest.fixture
def asked_site(site: Path, tmp_path: Path) -> Path:
    """A configuration of the ingested site, with a memory that holds questions."""
    file = tmp_path / "config.yaml"
    values = {
        "site": {"root": str(site), "url": "https://docs.example.com"},
        "store": {"path": str(site / ".fingerpost/index")},
        "api": {"memory": {"url": "sqlite+aiosqlite:///m.db"}},
    }
    file.write_text(json.dumps(values))
    config = memory_config(f"sqlite+aiosqlite:///{tmp_path / 'm.db'}")
    asyncio.run(remembered(config))
    asyncio.run(found_on(config, "https://docs.example.com/docs/intro#installation"))
    return file


async def found_on(config: MemoryConfig, url: str) -> None:
    async with open_memory(config) as memory:
        assert memory is not None
        memory.record(record(sections=(FoundSection(url, True),)))


def test_insights_tell_a_person(asked_site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report names what was refused, what was voted down and why, and pages that nobody found."""
    assert main(["insights", "--config", str(asked_site), "--days", "7"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("7 questions from 2 clients since ")
    assert "refused          3   42.9%" in told
    assert "      2  what does it cost\n" in told
    assert 'Does dark mode work on 2.0? [outdated] "it says 1.0"' in told
    unfound = told.partition("Pages that no question found:\n")[2].partition("\n\n")[0].split()
    assert unfound == [
        "https://docs.example.com/docs/guides/colours",
        "https://docs.example.com/docs/reference",
    ]


def test_insights_tell_a_program(asked_site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` is one object with everything."""
    assert main(["insights", "--config", str(asked_site), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["questions"], told["endings"]["refused"]) == (7, 3)
    assert len(told["unfound_pages"]) == 2


def test_drafts_are_cases_that_evals_read(
    asked_site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused and down-voted questions become a dataset's cases, each once."""
    file = tmp_path / "cases.jsonl"
    assert main(["insights", "--config", str(asked_site), "--drafts", str(file)]) == 0
    site = {"root": str(write_site(tmp_path / "site"))}
    about = {"name": "drafts", "description": "d", "license": "none", "cases": "cases.jsonl"}
    (tmp_path / "dataset.yaml").write_text(json.dumps({**about, "site": site}))
    cases = open_dataset(tmp_path, needs_labels=False).cases
    told = [(case.question, case.expect) for case in cases]
    assert told == [
        ("what does it cost", "refuse"), ("Who are you?", "refuse"), ("Does dark mode work on 2.0?", "answer"),
    ]  # fmt: skip
    assert cases[2].filter.version == "Next"
    assert set(cases[2].tags) == {"draft", "voted-down", "outdated"}


def test_migrate_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once there is something to do, then nothing."""
    file = write_site(tmp_path) / "config.yaml"
    file.write_text("site: {root: .}")
    assert [main(["migrate", "--config", str(file)]) for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out == "the tables were brought up to date\nthe tables are up to date\n"
    assert (tmp_path / ".fingerpost" / "memory.db").is_file()


def test_a_command_says_what_is_wrong_with_the_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one line, without the password."""
    file = write_site(tmp_path) / "config.yaml"
    file.write_text(
        "site: {root: .}\napi: {memory: {url: 'postgresql+asyncpg://user:hunter2@127.0.0.1:1/none'}}"
    )
    assert main(["migrate", "--config", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: api.memory.url: ")
    assert "hunter2" not in said


def test_an_unknown_kind_of_database_is_refused(tmp_path: Path) -> None:
    """The configuration names the two that there are."""
    with pytest.raises(ConfigError, match=r"api\.memory\.url: should begin with sqlite\+aiosqlite"):
        config_for(tmp_path, api={"memory": {"url": "mysql://localhost/x"}})
