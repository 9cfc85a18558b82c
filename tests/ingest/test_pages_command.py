"""`python -m ingest pages`, from its arguments to what it prints."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.__main__ import main
from pipeline.config import SiteConfig

MakeSite = Callable[..., SiteConfig]


@pytest.fixture
def config(make_site: MakeSite, tmp_path: Path) -> Path:
    """A config.yaml beside a site of two pages, one of them broken on request."""
    make_site({"docs/index.md": "# Home", "docs/a b.md": "---\ndraft: true\n---\n# Ä"})
    path = tmp_path / "config.yaml"
    path.write_text("site: {root: website, url: 'https://x.io'}\n")
    return path


def test_table(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json a table is printed, and the count on stderr."""
    assert main(["pages", "--config", str(config)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "PERMALINK  TITLE      VERSION  LOCALE",
        "/docs/a b  Ä (draft)  current  en",
        "/docs/     Home       current  en",
    ]
    assert err == "2 pages, 0 problems\n"


def test_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json each page is an object on a line of its own."""
    assert main(["pages", "--json", "--config", str(config)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == {
        "source": "docs/a b.md",
        "permalink": "/docs/a b",
        "url": "https://x.io/docs/a%20b",
        "title": "Ä",
        "version": "current",
        "locale": "en",
        "plugin": "default",
        "draft": True,
        "unlisted": False,
        "headings": [],
    }


def test_problems(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that cannot be read is named on stderr with its line, and the exit code is 1."""
    (config.parent / "website/docs/bad.md").write_text("---\nid: a\ntitle: a: b\n---\n")
    assert main(["pages", "--config", str(config)]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    assert err.startswith("docs/bad.md:3: ")


@pytest.mark.parametrize(
    "content", ["site: {root: nowhere}", "site: {rot: x}", "site: {root: website, docs: [{path: nowhere}]}"]
)
def test_cannot_run(config: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration or a folder that cannot be used is an error of its own: exit code 2."""
    config.write_text(content)
    assert main(["pages", "--config", str(config)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")


@pytest.mark.parametrize("words", [["pages", "--nonsense"], ["no-such-command"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown commands and options are told with exit code 2."""
    assert main(words) == 2
    assert "usage: python -m ingest" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["pages", "--help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help lists what there is."""
    assert main(words) == 0
    assert "--config FILE" in capsys.readouterr().out


def test_config_before_the_command(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--config may stand before the command, too."""
    assert main(["--config", str(config), "pages", "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_as_a_process(config: Path) -> None:
    """`python -m ingest pages` prints UTF-8 and loads nothing of the index."""
    code = (
        "import sys; from ingest.__main__ import main; main(sys.argv[1:]); "
        "sys.exit(any(m.split('.')[0] in {'llama_index', 'qdrant_client', 'onnxruntime'} for m in sys.modules))"
    )
    command = [sys.executable, "-c", code, "pages", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert "Ä (draft)" in done.stdout.decode()
