"""Misspelt words become those of the docs; what is no slip of the pen stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import Page, Section
from pipeline.sparse import query_vector
from pipeline.spelling import MOST_UNKNOWN, corrected
from pipeline.vocabulary import Vocabulary, counted, gathered

WORDS = {
    "the": 9, "embedding": 4, "embed": 1, "weights": 3, "install": 5, "folder": 3, "port": 3, "change": 4,
    "scores": 2, "qdrant": 6, "language": 3, "model": 8, "url": 4, "extractive": 2, "stack": 2, "same": 3,
}  # fmt: skip
DOCS = Vocabulary(WORDS, 10)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("how to instal the embeding model wieghts", "how to install the embedding model weights"),
        ("chnage the prot", "change the port"),
        ("qdrnat foldr", "qdrant folder"),
        ("extrative mode no langauge modle", "extractive mode no language model"),
        ("Wieghts?", "weights?"),
    ],
)
def test_slips_are_mended(asked: str, meant: str) -> None:
    """Letters left out, doubled or changed with their neighbour; what stands around a word stays."""
    assert corrected(asked, DOCS, "en") == meant


@pytest.mark.parametrize(
    "asked",
    [
        "Slack scopes",  # words of the language, though the docs have only "stack" and "scores"
        "SAML or LaTeX",  # names are not words: "same", "later"
        "prt",  # too short to tell
        "foldr2",
        "floccinaucinihilipilification",
        "",
    ],
)
def test_what_is_no_slip_stays(asked: str) -> None:
    """Real words, names, symbols and what resembles nothing."""
    assert corrected(asked, DOCS, "en") == asked


def test_other_languages_and_logs_stay() -> None:
    """A text of many unknown words is left alone, and so is a language that has no dictionary."""
    many = " ".join(f"wieghts{letter}" for letter in "abcdefghij"[: MOST_UNKNOWN + 1])
    assert corrected(many, DOCS, "en") == many
    assert corrected("wieghts", DOCS, "xx") == "wieghts"
    assert corrected("wieghts", DOCS, "en-GB") == "weights"


@given(st.lists(st.sampled_from([*WORDS, "wieghts", "Slack", "foo_bar()", "--dry-run", "\n"])).map(" ".join))
def test_correcting_twice_changes_nothing_more(text: str) -> None:
    """What was mended is a word of the docs."""
    once = corrected(text, DOCS, "en")
    assert corrected(once, DOCS, "en") == once
    assert len(once.split()) == len(text.split())


def test_the_vocabulary_counts_sections() -> None:
    """A word counts once a section, in its language; a term of every section weighs less than a rare one."""
    sections = (
        Section("", "Intro", ("Intro",), "Install it. Install!"),
        Section("a", "B", ("Intro", "B"), "Ports"),
    )
    page = Page("a.md", "/a", "https://x.io/a", "Intro", "current", "en", sections=sections)
    held = gathered([("en", 2, counted(page)), ("fr", 1, "ports 1"), ("en", 1, "install 1")])
    assert held["en"].counts == {"intro": 2, "install": 2, "it": 1, "b": 1, "ports": 1}
    assert (held["en"].sections, held["fr"].sections) == (3, 1)
    (installed,), (port,) = _terms("installing"), _terms("port")
    assert 0 < held["en"].weight(installed) < held["en"].weight(port) < held["en"].weight(-1) == 1


def _terms(word: str) -> list[int]:
    return list(query_vector(word).indices)
