"""What is searched for after what: the question alone, and with the words before it."""

import pytest

from pipeline.followups import ANSWER_WORDS, CARRIED_WORDS, sought
from pipeline.models import Question, Selection, Turn
from pipeline.prompts import EXTRACTIVE_INTRO, REFUSAL

ASKED = Turn("user", "How do I install it?")


def context(*turns: Turn) -> str:
    return sought(Question("on Windows?", turns)).context


def test_a_first_question_has_no_context() -> None:
    """What the reader marked is part of the question."""
    marked = Question("for how long?", selections=(Selection("The index is kept."),))
    assert sought(marked).text == "The index is kept.\nfor how long?"
    assert sought(marked).context == ""
    assert sought(marked).whole == sought(marked).text


def test_the_turns_right_before_are_the_context() -> None:
    """The reader's question and the beginning of its answer; older turns say nothing any more."""
    old = (Turn("user", "Old?"), Turn("assistant", "Older."))
    assert context(*old, ASKED, Turn("assistant", "Run pip.")) == "How do I install it?\nRun pip."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (f"*{EXTRACTIVE_INTRO}*\n\nRun pip. [1](https://x.io/a#b)", "Run pip."),
        ("See [the guide](https://x.io/guide) [2].", "See the guide."),
        ("*Emphasis* begins it", "begins it"),
        (REFUSAL, ""),
        ("  ", ""),
    ],
)
def test_of_an_answer_its_own_words(answer: str, said: str) -> None:
    """No intro, no citation, no address, and nothing of a refusal."""
    assert context(ASKED, Turn("assistant", answer)).removeprefix(ASKED.text).strip() == said


def test_long_turns_are_cut() -> None:
    """So that the question is not drowned."""
    found = context(Turn("user", "q " * 500), Turn("assistant", "a " * 500))
    assert (found.split().count("q"), found.split().count("a")) == (CARRIED_WORDS, ANSWER_WORDS)
