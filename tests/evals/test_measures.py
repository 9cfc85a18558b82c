"""Retrieval's figures: by hand, and by ir_measures itself."""

import math
import random

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.cases import Judgment
from evals.measures import MEASURES, as_qrels, as_run, mean, ranking, score, trec_qrels, trec_run
from pipeline.models import Hit


def hit(permalink: str, anchor: str = "") -> Hit:
    return Hit(
        chunk_id="id", url="url", permalink=permalink, anchor=anchor, title="", page_title="", breadcrumbs=(),
        text="", version="current", version_label="", locale="en", score=1.0,
    )  # fmt: skip


def judged(*sections: str) -> Judgment:
    return Judgment(frozenset(sections), frozenset(name.partition("#")[0] for name in sections))


def test_by_hand() -> None:
    """Two right sections at places 2 and 4 give the values that paper and pencil give."""
    scores = score({"q": {"a": 1, "b": 1}}, as_run({"q": ["x", "a", "y", "b"]}))["q"]
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert scores == pytest.approx(
        {
            "nDCG@10": (1 / math.log2(3) + 1 / math.log2(5)) / ideal,
            "RR@10": 0.5,
            "Success@1": 0.0,
            "Success@5": 1.0,
            "Recall@3": 0.5,
            "Recall@10": 1.0,
        }
    )


def test_what_stands_before_the_first_heading_is_a_section() -> None:
    """`/a#` is met by that text alone, `/a` by any section of the page."""
    hits = [hit("/a", "x"), hit("/a")]
    assert ranking(hits, judged("/a#"), "section") == ["/a#x", "/a#"]
    assert ranking(hits, judged("/a"), "section") == ["/a"]


def test_beyond_the_cut() -> None:
    """What comes eleventh does not count."""
    scores = score({"q": {"a": 1}}, as_run({"q": [*"0123456789", "a"]}))["q"]
    assert set(scores.values()) == {0.0}


def test_a_forgotten_case_scores_nothing() -> None:
    """A judged case without a result is 0 in every measure, and halves the mean of two."""
    scores = score(
        {"q": {"a": 1}, "forgotten": {"b": 1}, "empty": {"c": 1}}, as_run({"q": ["a"], "empty": []})
    )
    assert set(scores["forgotten"].values()) == set(scores["empty"].values()) == {0.0}
    assert mean(scores.values()) == pytest.approx(dict.fromkeys(MEASURES, 1 / 3))


def test_sections_and_pages_count_once() -> None:
    """A section's or a page's second hit is left out, at its first place it stays."""
    hits = [hit("/a", "x"), hit("/b", "y"), hit("/a", "x"), hit("/a", "z")]
    assert ranking(hits, judged("/b#y"), "section") == ["/a#x", "/b#y", "/a#z"]
    assert ranking(hits, judged("/b#y"), "page") == ["/a", "/b"]


def test_a_label_that_names_a_page() -> None:
    """At the section level any section of a page that is right as a whole counts as the page, once."""
    hits = [hit("/a", "x"), hit("/b", "y"), hit("/a", "z")]
    assert ranking(hits, judged("/a"), "section") == ["/a", "/b#y"]


def test_addresses_are_compared_as_they_are_meant() -> None:
    """A slash at the end and percent-encoding make no other page."""
    assert ranking([hit("/a%20b/", "ü")], judged("/a b#ü"), "section") == ["/a b#ü"]


@given(st.randoms(use_true_random=False))
def test_like_ir_measures(rng: random.Random) -> None:
    """The means over the cases are ir_measures' own aggregates."""
    names = [f"s{i}" for i in range(15)]
    judgments = {f"q{i}": judged(*rng.sample(names, rng.randint(1, 4))) for i in range(5)}
    qrels = as_qrels(judgments, "section")
    run = as_run({case: rng.sample(names, rng.randint(0, 15)) for case in list(qrels)[:4]})
    theirs = ir_measures.calc_aggregate(
        [ir_measures.parse_measure(name) for name in MEASURES.values()], qrels, run
    )
    ours = mean(score(qrels, run).values())
    assert ours == pytest.approx(
        {ours: theirs[ir_measures.parse_measure(name)] for ours, name in MEASURES.items()}
    )


def test_trec_files() -> None:
    """The files are read by ir_measures as what they were, blanks encoded."""
    qrels, run = {"q 1": {"/a b#c": 1}}, as_run({"q 1": ["/x", "/a b#c"]})
    assert trec_qrels(qrels) == "q%201 0 /a%20b#c 1\n"
    # ir_measures has types but for these two
    back = ir_measures.read_trec_qrels(trec_qrels(qrels)), ir_measures.read_trec_run(trec_run(run))  # type: ignore[no-untyped-call]
    read = ir_measures.calc_aggregate([ir_measures.RR @ 10], *back)
    assert read == {ir_measures.RR @ 10: 0.5}
