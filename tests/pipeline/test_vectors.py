"""The vectors of chunks lean to their titles."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from llama_index.core.schema import BaseNode

from pipeline.embedding.kept import KeptVectors
from pipeline.vectors import Counts, EmbedNew, leaning
from tests.fakes.embedding import fake_embedding
from tests.pipeline.test_chunking import PAGE, chunks_of

NUMBERS = st.floats(-10, 10, allow_subnormal=False)


@pytest.mark.parametrize(
    ("text", "title", "weight", "expected"),
    [
        ([1.0, 0.0], [0.0, 1.0], 0.0, [1.0, 0.0]),
        ([1.0, 0.0], [0.0, 1.0], 0.5, [0.5**0.5, 0.5**0.5]),
        ([5.0, 0.0], [0.0, 0.1], 0.5, [0.5**0.5, 0.5**0.5]),  # lengths do not count, directions do
        ([2.0, 0.0], [3.0, 0.0], 0.3, [1.0, 0.0]),
    ],
)
def test_leaning(text: list[float], title: list[float], weight: float, expected: list[float]) -> None:
    """The weighted mean of two directions, of length 1."""
    assert leaning(text, title, weight) == pytest.approx(expected, abs=1e-6)


@given(
    st.lists(NUMBERS, min_size=3, max_size=3),
    st.lists(NUMBERS, min_size=3, max_size=3),
    st.floats(0.01, 0.99),
)
def test_a_leaning_vector_is_nearer_to_the_title(
    text: list[float], title: list[float], weight: float
) -> None:
    """Never farther from the title than the text's own vector is."""
    assume(_length(text) > 0.1 and _length(title) > 0.1)
    leaned = leaning(text, title, weight)
    assert _cosine(leaned, title) >= _cosine(text, title) - 1e-4


async def test_each_title_is_embedded_once(tmp_path: Path) -> None:
    """However many chunks have it; without a weight none is."""
    for weight, titles in ((0.3, {chunk.metadata["title"] for chunk in chunks_of(PAGE)}), (0.0, set[str]())):
        embedding, model = fake_embedding()
        chunks: Sequence[BaseNode] = chunks_of(PAGE)
        kept = KeptVectors(tmp_path / "vectors.sqlite", f"fake {weight}")
        await EmbedNew(embedding, weight, (None, kept), Counts()).acall(chunks)
        assert sorted(model.texts[len(chunks) :]) == sorted(titles)


def _length(vector: Sequence[float]) -> float:
    return math.hypot(*vector)


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / max(_length(a) * _length(b), 1e-9)
