"""An answer's figures, by hand."""

import pytest

from evals.answers.asking import Told
from evals.answers.figures import cost, figures, said, token_f1, validity
from evals.cases import Case, Judgment
from pipeline.models import AnswerFailed, AnswerStarted, Event, Source, SourcesFound, TextDelta, Usage
from pipeline.prompts import EXTRACTIVE_INTRO

URLS = frozenset({"https://x.io/a", "https://x.io/a#one", "https://x.io/b#two"})
RIGHT = Judgment(frozenset({"/a#one", "/b"}), frozenset({"/a", "/b"}))


def source(url: str) -> Source:
    return Source("1", url, "", (), "text")


def case(**more: object) -> Case:
    return Case.model_validate({"id": "c", "question": "?", "expect": "answer", **more})


def test_token_f1_by_hand() -> None:
    """Articles, signs and capitals do not count: 2 of 3 words against 2 of 4 is 4 of 7."""
    assert token_f1("The Cat sat!", "a cat sat on mats") == pytest.approx(2 / 3)
    assert token_f1("cat sat down", "cat sat on mats") == pytest.approx(4 / 7)
    assert token_f1("", "cat") == token_f1("dog", "cat") == 0.0
    assert token_f1("no no no", "no") == pytest.approx(0.5)


def test_links_are_checked() -> None:
    """Every link of the text counts, whether it is a citation or not; a text without one is valid."""
    text = "See [1](https://x.io/a#one) and [more](https://x.io/c), [2](https://x.io/b#two)."
    assert validity(text, URLS) == pytest.approx(2 / 3)
    assert validity("No link.", URLS) == 1.0
    assert (
        validity("![x](https://x.io/a)\n\n```js\nhandlers[type](state, action)\n```\n`a[0](b)`", URLS) == 1.0
    )


def test_what_was_said() -> None:
    """Citations, link targets and the notice that no model spoke are not the answer's words."""
    text = f"*{EXTRACTIVE_INTRO}*\n\nRun `x` [1](https://x.io/a), see [the guide](https://x.io/b)."
    assert said(Told(text=text, outcome="answered")) == "Run `x` , see the guide."
    assert said(Told(text="I could not find it.", outcome="refused")) == ""


def test_citations_by_hand() -> None:
    """Of three cited sections two are right, one because its whole page is; both labels are met."""
    cited = (source("https://x.io/a#one"), source("https://x.io/b#two"), source("https://x.io/a#else"))
    found = figures(case(), Told(outcome="answered", cited=cited), RIGHT, URLS)
    assert found["citation_precision"] == pytest.approx(2 / 3)
    assert found["citation_recall"] == 1.0
    assert found["answered_rightly"] == 1.0


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_no_answer_is_no_gap(outcome: str) -> None:
    """A question with an answer that is refused, or whose answer broke off, scores 0 and is in the means."""
    told = Told(outcome=outcome)  # type: ignore[arg-type]  # a parameter is any text to mypy
    found = figures(case(answer="Cats."), told, RIGHT, URLS)
    names = ("answered_rightly", "citation_precision", "citation_recall", "token_f1")
    assert {name: found[name] for name in names} == dict.fromkeys(names, 0.0)


def test_refusing() -> None:
    """A question without an answer is right when it is refused, wrong when it is answered or breaks off."""
    unanswerable = case(expect="refuse")
    rightly = {
        outcome: figures(unanswerable, Told(outcome=outcome), None, URLS)["refused_rightly"]
        for outcome in ("refused", "answered", "degraded", "failed")
    }
    assert rightly == {"refused": 1.0, "answered": 0.0, "degraded": 0.0, "failed": 0.0}


def test_cost() -> None:
    """What the answer's stream said; nothing is made up, and without a model nothing is paid."""
    assert cost(Told(mode="model", model="m", usage=Usage(2_000_000, 1_000_000, 0.9))) == 0.9
    assert cost(Told(mode="model", model="m", usage=Usage(2_000_000, 1_000_000))) is None
    assert (
        cost(Told(mode="extractive", model="m", usage=Usage(10, 1, 0.1))) == 0.1
    )  # it was asked, and refused
    assert cost(Told(mode="extractive")) == 0.0


def test_folding_a_stream() -> None:
    """The first text is the first token; an answer that breaks off is failed, and says how."""
    told = Told()
    events: list[Event] = [
        AnswerStarted("m"), SourcesFound((source("u"),)), TextDelta("a"), TextDelta("b"), SourcesFound(()),
        AnswerFailed("model", "it broke off"),
    ]  # fmt: skip
    for now, event in enumerate(events):
        told.take(event, float(now))
    assert (told.text, told.first_token_ms, told.outcome, told.error) == (
        "ab",
        2.0,
        "failed",
        "model: it broke off",
    )
    assert len(told.sources) == 1
