"""What to search for when a question leans on the conversation before it.  No model is asked."""

from dataclasses import replace

from pipeline.models import Question, Turn

CARRIED_TURNS = 1
CARRIED_WORDS = 40


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
        else replace(selection, text=" ".join(selection.text.split()[:share]))
        for selection in question.selections
    )
    return replace(question, history=tuple(reversed(history)), selections=selections)


def search_text(question: Question) -> str:
    """The words to search for: the question's, after those of the reader's turn before it.

    The reader's own earlier words name what "it" and "that" mean; the answer's words are left out,
    because they would pull the search to where it has been already.
    """
    asked = [turn.text for turn in question.history if turn.role == "user"][-CARRIED_TURNS:]
    carried = [" ".join(text.split()[:CARRIED_WORDS]) for text in asked]
    marked = [" ".join(selection.text.split()[:CARRIED_WORDS]) for selection in question.selections]
    return "\n".join([*carried, *marked, question.text])
