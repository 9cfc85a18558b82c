"""How the candidates of several searches become one ranking.  Pure: ids and scores only.

The engine can fuse by itself, but then says neither how near a chunk is to the question nor which
search found it; asking for that again costs a second dense search and twice the points.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Candidates = Sequence[tuple[Any, float]]
"""(id, score) as one search gives them, best first, each id once."""

Fusion = Callable[[Sequence[Candidates], Sequence[float]], dict[Any, float]]
"""The searches' candidates, and what each search counts, to one score for each id: larger is better, no unit."""


def distribution_based(searches: Sequence[Candidates], weights: Sequence[float]) -> dict[Any, float]:
    """Distribution-based score fusion: the weighted sum of scores, each scaled to its search's mean ± 3 σ.

    As Qdrant does it (https://qdrant.tech/documentation/concepts/hybrid-queries/): σ is the sample's,
    and scores that are all alike count 0.5.
    """
    fused: dict[Any, float] = {}
    for found, weight in zip(searches, weights, strict=True):
        scores = [score for _, score in found]
        low, width = _spread(scores)
        for key, score in found:
            fused[key] = fused.get(key, 0.0) + weight * ((score - low) / width if width else 0.5)
    return fused


def reciprocal_rank(searches: Sequence[Candidates], weights: Sequence[float], k: int) -> dict[Any, float]:
    """Reciprocal rank fusion: the weighted sum of 1 / (k + rank), the best rank being 0, as Qdrant counts."""
    fused: dict[Any, float] = {}
    for found, weight in zip(searches, weights, strict=True):
        for rank, (key, _) in enumerate(found):
            fused[key] = fused.get(key, 0.0) + weight / (k + rank)
    return fused


def _spread(scores: Sequence[float]) -> tuple[float, float]:
    """Mean - 3 σ, and 6 σ: 0 when there is no spread."""
    if len(scores) < 2:
        return 0.0, 0.0
    mean = sum(scores) / len(scores)
    deviation = (sum((score - mean) ** 2 for score in scores) / (len(scores) - 1)) ** 0.5
    return mean - 3 * deviation, 6 * deviation


def lifted(
    fused: Mapping[Any, float], group: Callable[[Any], Any], weight: float, similarity: Mapping[Any, float]
) -> list[tuple[Any, float]]:
    """(id, score), best first; each gains `weight` times the three best scores of its group.

    Equal scores are common in rank fusion: similarity, then the id, decides, so that the same
    question finds the same sections.
    """
    groups: dict[Any, list[float]] = {}
    for key, score in fused.items():
        groups.setdefault(group(key), []).append(score)
    bonus = {name: weight * sum(sorted(scores)[-3:]) for name, scores in groups.items()}
    scored = [(key, score + bonus[group(key)]) for key, score in fused.items()]
    return sorted(scored, key=lambda item: (-item[1], -similarity.get(item[0], 0.0), item[0]))
