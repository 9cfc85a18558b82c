"""Answers without a model: the best sentences of the best sections, each with its citation.

Words are compared as BM25 compares them (the engine's own tokenizer, stemmer and stop words).
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.blocks import FENCE, blocks
from pipeline.models import Source
from pipeline.sparse import document_vectors, query_vector

MAX_SOURCES = 3
MAX_SENTENCES = 3  # of one section
SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+(?=[A-Z0-9`*_\"'\[(]|[^\x00-\x7f])")
LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")


def digest(question: str, sources: Sequence[Source]) -> Iterator[str]:
    """Paragraphs of Markdown with `[n]` citations, best section first."""
    wanted = set(query_vector(question).indices)
    chosen = [_Reading(source, wanted) for source in sources[:MAX_SOURCES]]
    best = max((reading.best for reading in chosen), default=0.0)
    for number, reading in enumerate(chosen):
        if number == 0 or reading.best >= 0.6 * best:
            yield from reading.paragraphs()


@dataclass(slots=True)
class _Piece:
    """A sentence, a list item or a block of code; `score` is how much of the question it holds."""

    text: str
    block: int
    score: float
    code: bool = False
    item: bool = False


class _Reading:
    """One source, taken apart and held against the question's words."""

    def __init__(self, source: Source, wanted: set[int]) -> None:
        self._source = source
        self._pieces = _scored(list(_pieces(source.text)), wanted)
        self.best = max((piece.score for piece in self._pieces), default=0.0)

    def paragraphs(self) -> Iterator[str]:
        """The chosen pieces in the order of the page, the citation after the last words."""
        prose = [piece for piece in self._pieces if not piece.code]
        ranked = sorted(prose, key=lambda piece: -piece.score)[:MAX_SENTENCES]
        chosen = {id(piece) for piece in ranked if piece.score >= 0.5 * self.best}
        code = self._code_after(ranked[0]) if ranked else next(iter(self._pieces), None)
        words = _joined([piece for piece in self._pieces if id(piece) in chosen])
        if words:
            yield f"{words} [{self._source.id}]"
        if code:
            yield code.text if words else f"{code.text}\n\n[{self._source.id}]"

    def _code_after(self, best: _Piece) -> _Piece | None:
        """The block of code that the best sentence leads to."""
        return next((p for p in self._pieces if p.code and best.block < p.block <= best.block + 2), None)


def _joined(pieces: Sequence[_Piece]) -> str:
    """Sentences one after the other, list items each on a line; a list and prose are kept apart."""
    text, before = "", False
    for piece in pieces:
        between = "\n" if piece.item and before else "\n\n" if piece.item or before else " "
        text += (between if text else "") + piece.text.strip()
        before = piece.item
    return text


def _pieces(text: str) -> Iterator[_Piece]:
    for number, block in enumerate(blocks(text)):
        if FENCE.match(block):
            yield _Piece(block, number, 0.0, code=True)
        elif LIST_ITEM.match(block):
            for item in re.split(r"\n(?=\s*(?:[-*+]|\d+[.)])\s)", block):
                yield _Piece(item, number, 0.0, item=True)
        elif block.lstrip().startswith("|"):
            continue  # a row of a table says nothing without its head
        else:
            for sentence in SENTENCE_END.split(" ".join(block.split())):
                yield _Piece(sentence, number, 0.0)


def _scored(pieces: list[_Piece], wanted: set[int]) -> list[_Piece]:
    """A word that few pieces hold weighs more; the earlier of two equal pieces wins."""
    terms = _terms([piece.text for piece in pieces])
    spread = Counter(term for held in terms for term in held & wanted)
    for place, (piece, held) in enumerate(zip(pieces, terms, strict=True)):
        weight = sum(math.log(1 + len(pieces) / spread[term]) for term in held & wanted)
        piece.score = weight + 0.3 / (1 + place)
    return pieces


def _terms(texts: Sequence[str]) -> list[set[int]]:
    return [set(indices) for indices in document_vectors(texts)[0]]
