"""The refusal gate: each signal says what it is named after, and each moves the confidence its way."""

from dataclasses import replace

import pytest

from pipeline.followups import Sought
from pipeline.gate import ENOUGH, Signals, answerable, confidence, signals
from pipeline.models import Hit
from pipeline.vocabulary import Vocabulary

DOCS = Vocabulary({"install": 3, "server": 8, "port": 2, "widgetry": 10, "the": 10, "change": 2}, 10)
SURE = Signals(similarity=0.7, peak=0.3, coverage=1.0, unknown=0.0)


def hit(text: str, similarity: float = 0.5) -> Hit:
    return Hit("id", "u", "/p", "a", "T", "P", ("Guide", "Port"), text, "current", "", "en", 1.0, similarity)


HITS = [
    hit("Change the port of the server with --port.", 0.6),
    hit("Install the server.", 0.4),
    hit("No.", 0.0),
]


def of(question: str, context: str = "", hits: list[Hit] = HITS) -> Signals:
    return signals(Sought(question, context), hits, DOCS, "en")


def test_coverage_is_of_one_section() -> None:
    """All words in one section are all of it; the same words spread over sections are not."""
    assert of("change the port").coverage == pytest.approx(1.0)
    assert 0 < of("install or change").coverage < 1
    assert of("????").coverage == 0


def test_words_of_the_conversation_cover_a_follow_up() -> None:
    """ "On another one?" is covered by what it leans on."""
    assert of("on another one?").coverage < of("on another one?", "How do I change the port?").coverage


def test_the_rarest_unknown_word_counts() -> None:
    """A word that the docs never say counts by how rare it is in the language; their own words do not."""
    assert of("change the port").unknown == 0
    assert 0 < of("change the people").unknown < of("change the pinecone").unknown <= 1


def test_similarity_and_peak_are_of_the_hits() -> None:
    """The best hit's similarity; the nearest against the mean of those that have one."""
    assert of("port").similarity == 0.6
    assert of("port").peak == pytest.approx(0.6 - 0.5)


@pytest.mark.parametrize(
    ("signal", "better"), [("similarity", True), ("peak", True), ("coverage", True), ("unknown", False)]
)
def test_each_signal_moves_the_confidence(signal: str, better: bool) -> None:
    """More of what speaks for an answer makes it surer, more that is unknown less sure."""
    low, high = (confidence(replace(SURE, **{signal: value})) for value in (0.1, 0.9))
    assert (high > low) is better


def test_without_hits_nothing_is_answered() -> None:
    """However the question is worded; and a sure one is."""
    assert not answerable(Sought("change the port"), [], DOCS, "en")
    assert confidence(SURE) > ENOUGH
