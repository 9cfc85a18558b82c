"""What to search for when a question leans on the conversation before it.  No model is asked."""

from pipeline.models import Question

CARRIED_TURNS = 1
CARRIED_WORDS = 40


def search_text(question: Question) -> str:
    """The words to search for: the question's, after those of the reader's turn before it.

    The reader's own earlier words name what "it" and "that" mean; the answer's words are left out,
    because they would pull the search to where it has been already.
    """
    asked = [turn.text for turn in question.history if turn.role == "user"][-CARRIED_TURNS:]
    carried = [" ".join(text.split()[:CARRIED_WORDS]) for text in asked]
    marked = [" ".join(selection.text.split()[:CARRIED_WORDS]) for selection in question.selections]
    return "\n".join([*carried, *marked, question.text])
