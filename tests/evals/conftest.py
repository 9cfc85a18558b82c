"""A dataset of a small site, and the public command over it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evals.__main__ import main

SUBJECTS = {
    "install": ("Installation", "Install Widgetry with pip install widgetry on Linux or macOS."),
    "palettes": ("Custom palettes", "Write the colours of your own palette to palette.toml, one a line."),
    "dark": ("Dark mode", "Dark mode inverts every colour. Switch it on with the flag --dark."),
    "exit": ("Exit codes", "Exit code 3 means that the file could not be read."),
    "proxy": ("Behind a proxy", "Set HTTPS_PROXY when downloads have to go through a proxy server."),
    "backup": ("Backups", "A nightly backup copies the database to a bucket."),
    "users": ("Users and roles", "An administrator may invite users and give them roles."),
    "export": ("Export to PDF", "The export command writes every drawing to a PDF file."),
}
QUESTIONS = {
    "install": "How do I install Widgetry?",
    "palettes": "How do I write my own palette of colours?",
    "dark": "How is dark mode switched on?",
    "exit": "What does exit code 3 mean?",
    "proxy": "How do downloads work behind a proxy server?",
    "backup": "Where does the nightly backup copy the database?",
    "users": "Who may invite users?",
    "export": "How do I export a drawing to PDF?",
}


def cases() -> list[dict[str, Any]]:
    """One case for each section of the guide, and one that the docs cannot answer."""
    judged = [
        {
            "id": name,
            "question": question,
            "relevant": [{"url": f"/docs/guide#{name}"}],
            "answer": SUBJECTS[name][1],
            "expect": "answer",
            "tags": ["guide", "how-to" if question.startswith("How") else "plain"],
        }
        for name, question in QUESTIONS.items()
    ]
    return [*judged, {"id": "soup", "question": "Which soup did Napoleon like best?", "expect": "refuse"}]


def write_dataset(folder: Path, rows: Sequence[dict[str, Any]] | str, name: str = "guide") -> Path:
    """A dataset over a page with a section for each subject."""
    sections = [f"## {title} {{#{anchor}}}\n\n{text}\n" for anchor, (title, text) in SUBJECTS.items()]
    (folder / "docs").mkdir(parents=True)
    (folder / "docs/guide.md").write_text("# The guide\n\nAll about Widgetry.\n\n" + "\n".join(sections))
    (folder / "docs/other.md").write_text("# Something else\n\nThe weather was fine that day.\n")
    (folder / "dataset.yaml").write_text(f"name: {name}\nsite: {{url: 'https://x.io'}}\ncases: cases.jsonl\n")
    text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "cases.jsonl").write_text(text)
    return folder


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset; not to be changed."""
    return write_dataset(tmp_path_factory.mktemp("guide"), cases())


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the indexes of datasets are kept, so that each is made once."""
    return tmp_path_factory.mktemp("evals")


class Printed(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Evals = Callable[..., Printed]


@pytest.fixture
def configured(tmp_path: Path, shared: Path) -> Callable[..., Path]:
    """`configured(query=...)` writes a config.yaml without any model, and names it."""

    def write(**sections: Any) -> Path:
        values: dict[str, Any] = {"site": {}, "llm": {"providers": []}, "evals": {}}
        values |= sections
        values["evals"] = {
            "path": str(shared), "baseline": str(tmp_path / "baseline.json"), **values["evals"],
        }  # fmt: skip
        path = tmp_path / "config.yaml"
        path.write_text(json.dumps(values))  # JSON is YAML
        return path

    return write


@pytest.fixture
def evals(capsys: pytest.CaptureFixture[str], configured: Callable[..., Path]) -> Evals:
    """`evals("retrieval", ..., query=...)` runs the public command with a configuration of these sections."""

    def run(*words: object, **sections: Any) -> Printed:
        command, *rest = (str(word) for word in words)
        code = main([command, "--config", str(configured(**sections)), *rest])
        return Printed(code, *capsys.readouterr())

    return run
