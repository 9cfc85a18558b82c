"""The house's own rules of size and naming (CONTRIBUTING.md), held for every file that git knows."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_LINES, LONGEST_FUNCTION = 300, 40
SOURCES = ("*.py", "*.mjs", "*.js", "*.ts", "*.tsx", "*.css")
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "lib"}


def known(*patterns: str) -> list[Path]:
    """The files of the repository that match, without what was deleted and not committed yet."""
    line = ["git", "ls-files", "--", *patterns]
    told = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in told.stdout.splitlines() if (ROOT / name).is_file()]


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_outgrows_its_subject() -> None:
    """Files stay under 300 lines, whatever their language; tests, which are tables of cases, under twice that."""
    lengths = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in known(*SOURCES)}
    assert lengths
    most = {name: MOST_LINES * (2 if name.startswith("tests/") else 1) for name in lengths}
    assert {name: lines for name, lines in lengths.items() if lines > most[name]} == {}


def lengths_of_functions(path: Path) -> dict[str, int]:
    """Lines of each function from its `def` to its end, without the docstring: that is for its readers."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            words = ast.get_docstring(node, clean=False)
            said = words.count("\n") + 1 if words else 0
            found[f"{short(path)}:{node.lineno} {node.name}"] = (
                (node.end_lineno or 0) - node.lineno + 1 - said
            )
    return found


def test_no_function_is_longer_than_a_screen() -> None:
    """Functions of the code stay under 40 lines."""
    code = known("pipeline/*.py", "ingest/*.py", "api/*.py", "evals/*.py", "deploy/*.py", ".ci/*.py")
    lengths = {name: lines for path in code for name, lines in lengths_of_functions(path).items()}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_there_is_no_drawer_for_leftovers() -> None:
    """Every module and folder is named after its subject."""
    assert [
        short(path)
        for path in known(*SOURCES)
        if DRAWERS & {*path.parent.parts[len(ROOT.parts) :], path.stem}
    ] == []


def test_every_module_says_what_is_in_it() -> None:
    """A docstring first, but in files that are empty."""
    modules = [path for path in known("*.py") if path.stat().st_size]
    assert [
        short(path) for path in modules if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ] == []
