"""What the benchmarks stand on.  They time things and so are no tests themselves: `make bench` runs them."""

from pathlib import Path

from benchmarks.__main__ import ALL
from benchmarks.corpora import SECTIONS, pages
from benchmarks.semantic_cache import measure
from pipeline.config import parse_config

ROOT = Path(__file__).parent.parent


def test_the_default_of_the_semantic_cache_takes_no_question_for_another() -> None:
    """Of the pairs that only look alike none is taken, and of the paraphrases as many as the manual says."""
    cache = parse_config("site: {}", source="defaults", base=ROOT, environ={}).answer.cache
    rows = {(row["cosine"], row["same words"]): row for row in measure()["rows"]}
    default = rows[cache.similarity, cache.same_words]
    assert default["wrong"] == 0
    manual = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert f"which is the default: {default['found']:.0%}".replace("%", " %") in manual


def test_no_two_pages_are_alike() -> None:
    """Else an ingest would embed fewer texts than it says."""
    made = dict(pages(30))
    assert len(set(made.values())) == 30
    assert all(text.count("\n## ") == SECTIONS for text in made.values())


def test_every_benchmark_is_named_in_the_manual() -> None:
    """docs/scaling.md lists what `python -m benchmarks` takes."""
    manual = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    assert [
        one.__name__
        for one in ALL
        if f"`{one.__name__}`" not in manual and f"benchmarks {one.__name__}" not in manual
    ] == []
