"""A model's refusal is known in all its ways, however the text is cut; a mention is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.refusing import RefusalWatch

REFUSALS = [
    "NOT_IN_DOCS", "NOT_IN_DOCS.", "**NOT_IN_DOCS**", "`NOT_IN_DOCS`\n", "\"NOT_IN_DOCS\"", "[NOT_IN_DOCS]",
    "not_in_docs", " \n NOT_IN_DOCS!", "NOT_IN_DOCS: the sections are about something else.",
    "NOT_IN_DOCS\n\nThe sections say nothing about Slack.", "> NOT_IN_DOCS", "„NOT_IN_DOCS“",
]  # fmt: skip
AFTER_WORDS = [
    ("I'm sorry. NOT_IN_DOCS", "I'm sorry"),
    (
        "Es tut mir leid, dazu steht hier nichts.\n\n**NOT_IN_DOCS**.",
        "Es tut mir leid, dazu steht hier nichts",
    ),
    ("抱歉，文档中没有相关内容。NOT_IN_DOCS", "抱歉，文档中没有相关内容。"),
]
MENTIONS = [
    "It says NOT_IN_DOCS when nothing answers [1].",
    "NOT all pages are IN the DOCS [1].",
    "Not_in_doc",
    "N",
    "**",
]


def read(text: str, cuts: list[int]) -> tuple[str, bool]:
    """What is shown of the text that comes cut at these places, and whether it refuses."""
    watch, shown, before = RefusalWatch(), "", 0
    for place in sorted({cut % (len(text) + 1) for cut in cuts} | {len(text)}):
        shown += watch.feed(text[before:place])
        before = place
        if watch.refused:
            return shown, True
    return shown + watch.close(), watch.refused


@given(st.sampled_from(REFUSALS), st.lists(st.integers(0, 200), max_size=8))
def test_a_refusal_shows_nothing(text: str, cuts: list[int]) -> None:
    """At the beginning the word refuses, whatever stands around it."""
    assert read(text, cuts) == ("", True)


@given(st.sampled_from(AFTER_WORDS), st.lists(st.integers(0, 200), max_size=8))
def test_a_refusal_after_an_apology(case: tuple[str, str], cuts: list[int]) -> None:
    """The apology is shown, the word is not."""
    text, apology = case
    shown, refused = read(text, cuts)
    assert refused
    assert "NOT_IN" not in shown
    assert shown.startswith(apology)


@given(st.sampled_from(MENTIONS), st.lists(st.integers(0, 200), max_size=8))
def test_a_mention_is_no_refusal(text: str, cuts: list[int]) -> None:
    """Every character is shown."""
    assert read(text, cuts) == (text, False)


@given(st.text(), st.lists(st.integers(0, 200), max_size=8))
def test_other_texts_pass_whole(text: str, cuts: list[int]) -> None:
    """Whatever a model says, nothing is lost."""
    shown, refused = read(text, cuts)
    assert refused or shown == text


@pytest.mark.parametrize("text", ["", " ", "Use pip [1]."])
def test_nothing_is_held_for_long(text: str) -> None:
    """What cannot become the word any more is shown at once."""
    watch = RefusalWatch()
    assert watch.feed(text) + watch.close() == text


def test_a_long_run_of_spaces_is_read_once() -> None:
    """A model that has lost its way says nothing but line breaks, and holds nobody else up."""
    watch = RefusalWatch()
    shown = watch.feed("Use pip" + "\n" * 100_000)
    assert shown + watch.feed(".") + watch.close() == "Use pip" + "\n" * 100_000 + "."
