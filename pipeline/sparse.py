"""BM25 vectors, made by Qdrant's own encoder; the engine multiplies in the inverse frequencies."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from qdrant_client import models as rest

TITLES_END = "\n\n"  # in a chunk as it is embedded: see pipeline.chunking


@cache
def _encoder() -> Any:
    from qdrant_edge import Bm25

    return Bm25()


def document_vectors(texts: Sequence[str]) -> tuple[list[list[int]], list[list[float]]]:
    """(indices, values) of each text."""
    vectors = [_encoder().embed_document(text) for text in texts]
    return [list(v.indices) for v in vectors], [list(v.values) for v in vectors]


def titled_vectors(texts: Sequence[str]) -> tuple[list[list[int]], list[list[float]]]:
    """As `document_vectors`, with the words before the first blank line, the titles, counted twice."""
    return document_vectors([f"{text.partition(TITLES_END)[0]}\n{text}" for text in texts])


def query_vector(text: str) -> rest.SparseVector:
    """The sparse vector of a question; empty when nothing but stop words is left."""
    vector = _encoder().embed_query(text)
    return rest.SparseVector(indices=list(vector.indices), values=list(vector.values))
