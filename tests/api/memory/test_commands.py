"""`python -m api insights` and `migrate`."""

import asyncio
import json
from pathlib import Path

import pytest

from api.__main__ import main
from api.memory import FoundSection, open_memory
from evals.cases.reading import open_dataset
from pipeline.config.memory import MemoryConfig
from pipeline.errors import ConfigError
from tests.api.memory.records import record, remembered
from tests.api.memory_databases import memory_config
from tests.conftest import config_for, write_site


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
