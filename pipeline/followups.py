"""What to search for when a question leans on the conversation before it.  No model is asked."""

import re
from dataclasses import dataclass, replace

from pipeline.blocks import without_addresses
from pipeline.models import Question, Turn
from pipeline.prompts import REFUSAL

CARRIED_WORDS = 40  # of the reader's turn before, and of each marked text
ANSWER_WORDS = 20  # of the answer before: its first sentence names what it is about
INTRO = re.compile(r"^\*[^*\n]*\*\s*")
CITATION = re.compile(r"\s*\[\d+\](?:\([^()\s]*\))?")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is searched for: `text`, the question with the marked text, and `context`, the words before it.

    `context` is empty for a first question.  Nobody can tell for sure whether a question leans on the
    words before it ("on Windows?") or changes the subject: so both are searched for, with and without
    them, and `pipeline.retrieval` joins the findings.
    """

    text: str
    context: str = ""

    @property
    def whole(self) -> str:
        """Both in one, for whoever searches once."""
        return f"{self.context}\n{self.text}" if self.context else self.text


def bounded(question: Question, max_words: int) -> Question:
    """The question with the newest turns and the first marked words that fit into `max_words` each.

    Older turns are left out whole, so that a long talk costs no more than a short one.
    """
    history: list[Turn] = []
    left = max_words
    for turn in reversed(question.history):
        left -= len(turn.text.split())
        if left < 0:
            break
        history.append(turn)
    share = max_words // max(1, len(question.selections))
    selections = tuple(
        selection
        if len(selection.text.split()) <= share
        else replace(selection, text=_first_words(selection.text, share))
        for selection in question.selections
    )
    return replace(question, history=tuple(reversed(history)), selections=selections)


def sought(question: Question) -> Sought:
    """The reader's turn before and the beginning of its answer are the context: they name what "it" is."""
    asked = [turn.text for turn in question.history if turn.role == "user"][-1:]
    told = [_said(turn.text) for turn in question.history if turn.role == "assistant"][-1:]
    context = [_first_words(text, CARRIED_WORDS) for text in asked]
    context += [_first_words(text, ANSWER_WORDS) for text in told if text]
    marked = [_first_words(selection.text, CARRIED_WORDS) for selection in question.selections]
    return Sought("\n".join([*marked, question.text]), "\n".join(context))


def _said(answer: str) -> str:
    """The answer's own words: without the line about the missing model, citations and addresses."""
    if answer.strip() == REFUSAL:
        return ""
    return without_addresses(CITATION.sub("", INTRO.sub("", answer.strip(), count=1)))


def _first_words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])
