"""Our own dataset about the manual: it can be used, it holds every kind of question, and it has not gone stale."""

from collections import Counter
from pathlib import Path

import pytest

from evals.cases import Case, Dataset, open_dataset

ROOT = Path(__file__).resolve().parents[2]
LEAST = {
    "plain": 15, "keyword": 15, "misspelt": 10, "how-to": 20, "error": 20, "symbol": 20, "follow-up": 20,
    "written-out": 20, "page-bound": 5, "selection-bound": 5, "version-bound": 5, "other-language": 5,
    "unknowable": 5, "off-topic": 8, "nonsense": 5, "near-miss": 20, "injection": 8,
}  # fmt: skip
KINDS = {*LEAST, "in-conversation"}
NOT_IN_THE_MANUAL = {
    "near-slack": "slack", "near-discord": "discord", "near-saml": "saml", "near-confluence": "confluence",
    "near-scheduler": "scheduler", "near-gpu": "gpu", "near-pinecone": "pinecone", "near-voice": "voice",
    "near-fine-tune": "fine-tun", "near-sitemap": "sitemap", "near-java": "java client",
    "near-pdf": "pdf", "near-encryption": "encryption_key", "near-rollback": "rollback",
    "near-websocket": "websocket", "near-anthropic": "anthropic", "near-parallel": "--parallel",
    "near-email": "e-mail", "near-price": "enterprise", "near-math": "latex", "near-soc2": "soc 2",
    "near-synonyms": "synonym", "near-weaviate": "weaviate",
}  # fmt: skip
"""What a question asks for that the manual does not say: the day it does, the question has an answer."""


@pytest.fixture(scope="module")
def own() -> Dataset:
    return open_dataset(ROOT / "evals/datasets/fingerpost")


def tagged(own: Dataset, tag: str) -> list[Case]:
    return [case for case in own.cases if tag in case.tags]


def test_labels_are_there(own: Dataset) -> None:
    """Every label is a section of the manual that can be found; nothing is misspelt or ignored."""
    assert own.notices == ()
    assert own.level == "section"
    for case in own.cases:
        assert all("#" in str(label) for label in case.relevant), case.id


def test_every_kind_of_question(own: Dataset) -> None:
    """There are enough cases of each kind, and no tag that is not a kind."""
    counts = Counter(tag for case in own.cases for tag in case.tags)
    assert set(counts) <= KINDS
    assert {tag: count for tag, count in LEAST.items() if counts[tag] < count} == {}
    assert len(own.judged) >= 130
    assert sum(case.expect == "refuse" for case in own.cases) >= 35
    assert sum(case.answer is not None for case in own.cases) >= 60


def test_labels_and_expectations_agree(own: Dataset) -> None:
    """What must be answered has sections that answer it; what must be refused has none, and no answer."""
    for case in own.cases:
        assert case.judged == (case.expect == "answer"), case.id
        assert case.expect == "answer" or (not case.relevant and case.answer is None), case.id


def test_questions_are_asked_once(own: Dataset) -> None:
    """No question stands twice in the same place, so that none counts double."""
    asked = Counter((case.question.lower(), case.history, case.context) for case in own.cases)
    assert [question for question, count in asked.items() if count > 1] == []


def test_follow_ups_have_twins(own: Dataset) -> None:
    """Each follow-up has its twin written out in full, with the same labels and without a history."""
    full = {case.id.removesuffix("-full"): case for case in tagged(own, "written-out")}
    follow = {case.id.removesuffix("-follow"): case for case in tagged(own, "follow-up")}
    assert full.keys() == follow.keys()
    for name, case in follow.items():
        assert [said.role for said in case.history[-2:]] == ["user", "assistant"], case.id
        assert not full[name].history, full[name].id
        assert own.judgments[case.id] == own.judgments[full[name].id], name


def test_bound_questions_say_where(own: Dataset) -> None:
    """What is bound to a page, a selection or a version carries it."""
    assert all(case.current_path for case in tagged(own, "page-bound"))
    assert all(case.context for case in tagged(own, "selection-bound"))
    assert all(case.filter.version for case in tagged(own, "version-bound"))
    assert all(case.history for case in tagged(own, "in-conversation"))


def test_near_misses_still_miss(own: Dataset) -> None:
    """What the near misses ask for is not in the manual: a feature that came since has an answer now."""
    manual = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("**/*.md")).lower()
    assert NOT_IN_THE_MANUAL.keys() <= {case.id for case in tagged(own, "near-miss")}
    assert {name: word for name, word in NOT_IN_THE_MANUAL.items() if word in manual} == {}
