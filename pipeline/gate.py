"""Whether the sections that were found answer the question: what extractive mode goes by, since no model tells.

A logistic model over four signals, each of which a person can check.  Its coefficients were fitted by
`python -m evals gate`; what it is worth, on sites that it has not seen, stands in docs/evals.md.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from pipeline.followups import Sought
from pipeline.models import Hit
from pipeline.sparse import document_vectors, query_vector
from pipeline.spelling import dictionary
from pipeline.vocabulary import Vocabulary, words_in

LOOKED_AT = 10  # hits
COMMONEST = math.log(1e8)  # about the frequency of "the" in pyspellchecker's dictionaries
FLOOR = 0.02  # of a word's rarity: the commonest words count a little too
ENOUGH = 0.4
INTERCEPT = -4.8
COEFFICIENTS = (4.4, 8.9, 3.5, -2.2)
"""In the order of `Signals`."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the gate sees, each from 0 to 1.

    `similarity`: of the question and the best section.  `peak`: by how much the nearest section is nearer
    than the mean of those found, because a question that the docs answer stands out.  `coverage`: the
    share of the question's words in the one section that has most of them, rare words counting most.
    `unknown`: how rare, in the language at large, the rarest word is that the docs never say.
    """

    similarity: float
    peak: float
    coverage: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Words:
    """A question's words as BM25 takes them: the weight of each term, and its rarity in the language."""

    weights: dict[int, float]
    rarities: dict[int, float]


def confidence(signals: Signals) -> float:
    """From 0 to 1: how likely it is that the sections answer."""
    score = INTERCEPT + sum(c * x for c, x in zip(COEFFICIENTS, astuple(signals), strict=True))
    return 1 / (1 + math.exp(-score))


def answerable(sought: Sought, hits: Sequence[Hit], vocabulary: Vocabulary, language: str) -> bool:
    """Whether the hits, best first, answer what was sought."""
    return bool(hits) and confidence(signals(sought, hits, vocabulary, language)) >= ENOUGH


def signals(sought: Sought, hits: Sequence[Hit], vocabulary: Vocabulary, language: str) -> Signals:
    """What the gate sees of a question and its hits, best first."""
    near = [hit.similarity for hit in hits if hit.similarity > 0] or [0.0]
    texts = [f"{' '.join(hit.breadcrumbs)}\n{hit.text}" for hit in hits[:LOOKED_AT]]
    held = [set(terms) for terms in document_vectors(texts)[0]]
    own = weighed(sought.text, vocabulary, language)
    leaning = weighed(sought.whole, vocabulary, language) if sought.context else own
    unknown = (rarity for term, rarity in own.rarities.items() if term not in vocabulary.by_term)
    return Signals(
        similarity=hits[0].similarity if hits else 0.0,
        peak=max(near) - sum(near) / len(near),
        coverage=max(_covered(own, held), _covered(leaning, held)),
        unknown=max(unknown, default=0.0),
    )


def weighed(text: str, vocabulary: Vocabulary, language: str) -> Words:
    """Each term of `text` by how rare it is in the docs times how rare in the language."""
    known = dictionary(language)
    weights: dict[int, float] = {}
    rarities: dict[int, float] = {}
    for word in words_in(text):
        rarity = max(0.0, 1 - math.log(1 + known.get(word, 0)) / COMMONEST)
        for term in query_vector(word).indices:
            rarities[term] = rarity
            weights[term] = vocabulary.weight(term) * (rarity + FLOOR)
    return Words(weights, rarities)


def _covered(words: Words, sections: Iterable[set[int]]) -> float:
    whole = sum(words.weights.values())
    if not whole:
        return 0.0
    best = max(
        (sum(w for term, w in words.weights.items() if term in held) for held in sections), default=0.0
    )
    return best / whole
