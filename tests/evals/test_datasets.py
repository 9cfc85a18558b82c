"""Datasets: what is wrong with one is told at once, and nothing is measured."""

import json
from pathlib import Path

import pytest

from evals.cases import open_dataset
from evals.errors import DatasetError
from pipeline.config import parse_config
from tests.evals.conftest import Evals, cases, write_dataset


def problems(folder: Path) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        open_dataset(folder)
    return caught.value.problems


def test_every_problem_at_once(tmp_path: Path) -> None:
    """Unknown pages, anchors and versions, duplicate ids and malformed lines are listed together."""
    rows = [
        '{"id": "a", "question": "A?", "relevant": [{"url": "/docs/nowhere"}], "expect": "answer"}',
        '{"id": "a", "question": "B?", "relevant": [{"url": "/docs/guide#nothing"}], "expect": "answer"}',
        '{"id": "c", "question": " ", "expect": "answer"}',
        '{"id": "d", "question": "D?", "relevant": [{"source": "docs/none.md"}], "expect": "answer"}',
        '{"id": "e", "question": "E?", "relevant": [{"page": "x"}], "expect": "answer"}',
        '{"id": "f", "question": "F?", "filter": {"version": "9"}, "expect": "refuse"}',
        '{"id": "g", "question": "G?", "expect": "perhaps"}',
        "[1]",
        "{not json",
    ]
    found = "\n".join(problems(write_dataset(tmp_path / "d", "\n".join(rows))))
    for said in (
        "cases.jsonl:1: case a: the site has no /docs/nowhere",
        "cases.jsonl:2: case a: the site has no /docs/guide#nothing; the page is there, its anchors are backup, dark",
        "cases.jsonl:2: the id a is already that of cases.jsonl:1",
        "cases.jsonl:3: question: should not be empty",
        "cases.jsonl:4: case d: the site has no docs/none.md",
        "cases.jsonl:5: relevant.0: should have one of `url` and `source`",
        "cases.jsonl:6: case f: the site has no version '9'; it has Next, current",
        "cases.jsonl:7: expect: ",
        "cases.jsonl:8: should be a JSON object",
        "cases.jsonl:9: not JSON",
    ):
        assert said in found


def test_the_folder(tmp_path: Path) -> None:
    """A folder without its files, and a site section with a slip, are told in one list."""
    assert problems(tmp_path) == [
        "there is no dataset.yaml",
        f"cases.jsonl cannot be read: [Errno 2] No such file or directory: '{tmp_path / 'cases.jsonl'}'",
    ]
    (tmp_path / "dataset.yaml").write_text("name: ''\nsite: {ulr: x}\ncases: 7\n")
    assert problems(tmp_path) == [
        "dataset.yaml: name: should be a text",
        "dataset.yaml: site.ulr: there is no such key; did you mean `url`?",
        "dataset.yaml: cases: should name a JSONL file",
    ]


def test_a_site_without_pages(tmp_path: Path) -> None:
    """A docs folder that is not there is the dataset's problem."""
    folder = write_dataset(tmp_path / "d", cases())
    (folder / "dataset.yaml").write_text("name: guide\nsite: {docs: [{path: nowhere}]}\n")
    assert any("nowhere" in problem for problem in problems(folder))


def test_labels(tmp_path: Path) -> None:
    """Pages and sections are named by address, whole or not, or by file, and so is what stands before the first heading; slashes and the site's host do not matter."""
    labels = [
        {"url": "/docs/guide/#dark"},
        {"url": "https://x.io/docs/guide#dark"},
        {"source": "docs/guide.md#dark"},
        {"url": "/docs/guide"},
        {"source": "docs/guide.md"},
        {"url": "/docs/guide#"},
        {"source": "docs/guide.md#"},
    ]
    rows = [
        {"id": str(i), "question": "?", "relevant": [label], "expect": "answer"}
        for i, label in enumerate(labels)
    ]
    dataset = open_dataset(write_dataset(tmp_path / "d", rows))
    assert [set(judgment.sections) for judgment in dataset.judgments.values()] == [
        *[{"/docs/guide#dark"}] * 3,
        *[{"/docs/guide"}] * 2,
        *[{"/docs/guide#"}] * 2,
    ]
    assert {name for judgment in dataset.judgments.values() for name in judgment.pages} == {"/docs/guide"}
    assert dataset.level == "section"


def test_drafts_count_when_they_are_indexed(tmp_path: Path) -> None:
    """A label may name a draft only where the configuration indexes drafts."""
    row = {"id": "a", "question": "?", "relevant": [{"url": "/docs/draft"}], "expect": "answer"}
    folder = write_dataset(tmp_path / "d", [row])
    (folder / "docs/draft.md").write_text("---\ndraft: true\n---\nSoon.\n")
    assert problems(folder)
    with_drafts = parse_config("{site: {}, ingestion: {drafts: true}}", source="x", base=tmp_path)
    assert open_dataset(folder, with_drafts).judged


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    """Unknown keys are notices, not errors."""
    row = {
        "id": "a",
        "question": "?",
        "relevant": [{"url": "/docs/bare#top"}],
        "expect": "answer",
        "relevent": [],
    }
    folder = write_dataset(tmp_path / "d", [row])
    (folder / "docs/bare.md").write_text("# Bare\n\n## Top {#top}\n\n### Below\n\nText.\n")
    assert open_dataset(folder).notices == ("cases.jsonl: relevent is not read (1 cases)",)


def test_the_fingerprint_is_the_cases(tmp_path: Path) -> None:
    """Another order or other tags leave the fingerprint, another label changes it."""
    rows = cases()
    first = open_dataset(write_dataset(tmp_path / "1", rows)).fingerprint
    shuffled = [{**row, "tags": ["other"]} for row in reversed(rows)]
    assert open_dataset(write_dataset(tmp_path / "2", shuffled)).fingerprint == first
    rows[0]["relevant"] = [{"url": "/docs/guide#exit"}]
    assert open_dataset(write_dataset(tmp_path / "3", rows)).fingerprint != first


def test_a_conversation(tmp_path: Path) -> None:
    """History, filter, page and selection of a case reach the question as the API has them."""
    row = {
        "id": "a", "question": "And then?", "expect": "refuse", "filter": {"version": "current", "language": "en"},
        "history": [{"role": "user", "content": "One"}, {"role": "assistant", "text": "Two"}],
        "currentPath": "/docs/guide", "context": [{"type": "code", "value": "x = 1", "path": "/docs/guide"}],
    }  # fmt: skip
    question = open_dataset(write_dataset(tmp_path / "d", [row]), needs_labels=False).cases[0].asked()
    assert [(turn.role, turn.text) for turn in question.history] == [("user", "One"), ("assistant", "Two")]
    assert (question.scope.version, question.scope.language) == ("current", "en")
    assert question.current_path == "/docs/guide"
    assert question.selections[0].text == "x = 1"


@pytest.mark.parametrize("command", ["retrieval", "answers"])
def test_the_command_ends_with_2(tmp_path: Path, evals: Evals, command: str) -> None:
    """Both commands list the problems on stderr, print nothing on stdout and leave no run."""
    twice = json.dumps(cases()[0]) + "\n"
    done = evals(command, "--dataset", write_dataset(tmp_path / "d", twice * 2), "--out", tmp_path / "run")
    assert (done.code, done.out) == (2, "")
    assert "the id install is already that of cases.jsonl:1" in done.err
    assert not (tmp_path / "run").exists()


def test_nothing_is_judged(tmp_path: Path, evals: Evals) -> None:
    """A dataset without a label cannot be measured for retrieval."""
    done = evals("retrieval", "--dataset", write_dataset(tmp_path / "d", cases()[-1:]))
    assert (done.code, done.out) == (2, "")
    assert "no case is judged" in done.err


def test_a_question_too_long(tmp_path: Path, evals: Evals) -> None:
    """A question that the assistant would not read is the dataset's problem, told before anything is asked."""
    folder = write_dataset(tmp_path / "d", [{**cases()[0], "question": "why " * 100}])
    done = evals("retrieval", "--dataset", folder, answer={"max_question_chars": 100})
    assert done.code == 2
    assert "case install: the question is longer than answer.max_question_chars, 100" in done.err
