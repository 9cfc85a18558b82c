"""`python -m ingest init`, from its arguments to the file that it writes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.__main__ import main
from ingest.site_config.writing import HINTS
from pipeline.config import load_config, parse_config

MakeConfig = Callable[..., Path]
SOURCE = """module.exports = {title: 'T: #1', url: 'https://t.io', baseUrl: '/', trailingSlash: false,
  i18n: {defaultLocale: 'en', locales: ['en', 'no']},
  presets: [['classic', {docs: {path: '../docs', versions: {'1.0': {label: '1.0'}}}}]]};"""
OTHERS = """# My configuration.
store: {path:   idx}   # odd spaces stay

site: # old
    root: elsewhere
    docs:
    -   path: x
    # about x

# The model.
llm:
    offline: none
"""


@pytest.fixture
def site(make_config: MakeConfig) -> Path:
    """A site beside which config.yaml is to be written."""
    return make_config(SOURCE)


def init(site: Path, *words: str) -> int:
    return main(["init", str(site), "--config", str(site.parent / "config.yaml"), *words])


def test_new_file(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A config.yaml is written that loads, with comments, and with the site's own options."""
    assert init(site) == 0
    written = (site.parent / "config.yaml").read_text()
    config = load_config(site.parent / "config.yaml", environ={}).site
    assert (config.root, config.title, config.url) == (site, "T: #1", "https://t.io")
    assert config.trailingSlash is False
    assert config.i18n.locales == ("en", "no")
    assert (config.docs[0].path, config.docs[0].versions["1.0"].label) == ("../docs", "1.0")
    assert "# read from website/docusaurus.config.js" in written
    assert "allowed_origins: [https://t.io]" in written
    assert "default      ../docs -> docs" in capsys.readouterr().out


def test_hints_are_right(tmp_path: Path) -> None:
    """The commented hints, uncommented, are a configuration."""
    lines = (HINTS % "https://t.io").splitlines()
    text = "\n".join(line[2:] for line in lines if line.startswith(("# llm", "# api", "#  ")))
    config = parse_config("site: {}\n" + text, source="x", base=tmp_path, environ={})
    assert config.llm.providers[0].name == "openai"
    assert config.api.allowed_origins == ("https://t.io",)


def test_other_sections_stay(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A section that differs is shown and left; with --force it alone is exchanged, byte for byte."""
    path = site.parent / "config.yaml"
    path.write_text(OTHERS)
    assert init(site) == 2
    assert path.read_text() == OTHERS
    error = capsys.readouterr().err
    assert "-  root: elsewhere" in error
    assert "+  root: website" in error
    assert "--force" in error
    assert init(site, "--force") == 0
    before, after = OTHERS.split("site: # old")[0], OTHERS[OTHERS.index("\n# The model") :]
    assert path.read_text().startswith(before + "site:\n")
    assert path.read_text().endswith(after)
    assert "elsewhere" not in path.read_text()


@pytest.mark.parametrize(
    "text", ["store: {path: x}\n", "# only words\n", "", "store:\n  path: x", "---\nllm: {}\n"]
)
def test_section_is_added(site: Path, text: str) -> None:
    """A file without the section keeps what it has and gets one."""
    path = site.parent / "config.yaml"
    path.write_text(text)
    assert init(site) == 0
    assert path.read_text().startswith(text)
    assert load_config(path, environ={}).site.title == "T: #1"


def test_again(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A section that says the same already is left as it is, comments and all."""
    assert init(site) == 0
    path = site.parent / "config.yaml"
    path.write_text(path.read_text() + "# mine\n")
    before = path.read_text()
    capsys.readouterr()
    assert init(site, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["changed"] is False
    assert told["site"]["root"] == "website"
    assert path.read_text() == before


@pytest.mark.parametrize(
    "text", ["{store: {path: x}}", "- a list", "a: [", "a: &x 1\nsite: &y {}\nb: *y\n", "\0"]
)
def test_no_place_for_it(site: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that the section cannot be put into safely is left as it is."""
    path = site.parent / "config.yaml"
    path.write_text(text)
    assert init(site, "--force") == 2
    assert path.read_text() == text
    assert "no section can be put into it" in capsys.readouterr().err


def test_unseen(make_config: MakeConfig, capsys: pytest.CaptureFixture[str]) -> None:
    """Options that could not be carried over are told, stand in the file as comments, and the exit code is 1."""
    source = "module.exports = {title: 'In ${HOME}', url: 'https://t.io', baseUrl: '/', presets: [['classic', {docs: {lastVersion() {}}}]]};"
    site = make_config(source)
    assert init(site) == 1
    written = (site.parent / "config.yaml").read_text()
    assert "# could not be carried over: presets.docs.lastVersion (a function)" in written
    assert "In ${HOME}" in capsys.readouterr().err
    assert load_config(site.parent / "config.yaml", environ={}).site.title == ""


def test_no_configuration(
    make_config: MakeConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without a configuration is an error that names one near by."""
    make_config(SOURCE)
    assert main(["init", str(tmp_path), "--config", str(tmp_path / "c.yaml")]) == 2
    assert f"{tmp_path / 'website'} has one" in capsys.readouterr().err
    assert main(["init", str(tmp_path / "none"), "--config", str(tmp_path / "c.yaml")]) == 2
    assert not (tmp_path / "c.yaml").exists()


def test_no_node(make_config: MakeConfig, capsys: pytest.CaptureFixture[str]) -> None:
    """With --no-node the configuration is not run: what stands in it is read, and it says so."""
    site = make_config("require('fs').writeFileSync(__dirname + '/ran', '');\n" + SOURCE)
    assert init(site, "--no-node", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["way"], told["site"]["url"]) == ("literal", "https://t.io")
    assert not (site / "ran").exists()
