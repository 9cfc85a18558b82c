"""Questions find sections: asks every judged case, ranks what was found, and sums up.

Asked as the assistant searches, follow-ups and all; scored by `measures`; written by `runs`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evals.cases import Case, Dataset
from evals.cases.labels import hit_ids
from evals.cases.models import Level
from evals.corpus import Corpus
from evals.measures import (
    MEASURES,
    Qrels,
    Run,
    Scores,
    as_qrels,
    as_run,
    mean,
    ranking,
    score,
    trec_qrels,
    trec_run,
)
from evals.runs import Record
from evals.statistics import interval
from pipeline.models import Hit

if TYPE_CHECKING:  # heavy: not for --help
    from pipeline.bootstrap import Pipeline

DEPTH = 100  # sections asked for; the retriever's own limit is usually lower
SHOWN = 10  # found sections that a result lists


@dataclass(frozen=True, slots=True)
class Found:
    """What one case found, best first, and how long the search took.

    `stable` is whether asking again gave the same order: figures of a search that is not the same twice
    move by themselves.
    """

    hits: tuple[Hit, ...]
    ms: float
    stable: bool = True


@dataclass(frozen=True, slots=True)
class Scored:
    """One level's figures."""

    level: Level
    qrels: Qrels
    run: Run
    scores: Scores


async def search_all(pipeline: "Pipeline", cases: Sequence[Case]) -> dict[str, Found]:
    """Every case's sections, asked one after the other, so that the times are those of one reader.

    Raises FingerpostError: a search that fails is no result to be scored.
    """
    found: dict[str, Found] = {}
    if cases:
        await _search(pipeline, cases[0])  # the first question opens files and warms caches
    for case in cases:
        started = time.perf_counter()
        hits = await _search(pipeline, case)
        ms = 1000 * (time.perf_counter() - started)
        again = await _search(pipeline, case)
        found[case.id] = Found(hits, ms, [hit.url for hit in hits] == [hit.url for hit in again])
    return found


async def _search(pipeline: "Pipeline", case: Case) -> tuple[Hit, ...]:
    return await pipeline.assistant.search(case.asked(), DEPTH)


def scored(dataset: Dataset, found: dict[str, Found], level: Level) -> Scored:
    """The figures of every judged case at this level."""
    qrels = as_qrels(dataset.judgments, level)
    rankings = {
        case: ranking(found[case].hits, judgment, level)
        for case, judgment in dataset.judgments.items()
        if case in found
    }
    run = as_run(rankings)
    return Scored(level, qrels, run, score(qrels, run))


async def measure(dataset: Dataset, corpus: Corpus) -> Record:
    """The whole measurement: summary, a row for each judged case, TREC's files."""
    found = await search_all(corpus.pipeline, dataset.judged)
    levels: dict[Level, Scored] = {"page": scored(dataset, found, "page")}
    if dataset.level == "section":
        levels["section"] = scored(dataset, found, "section")
    chosen = levels[dataset.level]
    summary: dict[str, Any] = {
        "kind": "retrieval",
        "dataset": dataset.name,
        "cases": len(dataset.cases),
        "judged": len(dataset.judged),
        "metrics": mean(chosen.scores.values()),
        "by": dataset.level,
        "latency_ms": latency([one.ms for one in found.values()]),
        "unstable": sum(not one.stable for one in found.values()),
        "index": {"pages": corpus.pages, "chunks": corpus.chunks},
        "intervals": {
            name: list(interval([row[name] for row in chosen.scores.values()])) for name in MEASURES
        },
        "levels": {level: mean(one.scores.values()) for level, one in levels.items()},
        "tags": _by_tag(dataset, chosen.scores),
    }
    rows = [_row(dataset, case, found[case.id], levels) for case in dataset.judged]
    files = {"qrels.trec": trec_qrels(chosen.qrels), "run.trec": trec_run(chosen.run)}
    return Record(summary=summary, rows=rows, files=files)


def latency(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, in the unit of `times`."""
    import numpy as np

    if not times:
        return {"p50": 0.0, "p95": 0.0}
    return {f"p{share}": round(float(np.percentile(times, share)), 2) for share in (50, 95)}


def _by_tag(dataset: Dataset, scores: Scores) -> dict[str, Any]:
    tagged: dict[str, list[dict[str, float]]] = {}
    for case in dataset.judged:
        for tag in case.tags:
            tagged.setdefault(tag, []).append(scores[case.id])
    return {tag: {"judged": len(rows), "metrics": mean(rows)} for tag, rows in sorted(tagged.items())}


def _row(dataset: Dataset, case: Case, found: Found, levels: dict[Level, Scored]) -> dict[str, Any]:
    judgment = dataset.judgments[case.id]
    right = judgment.at(dataset.level)
    names = ranking(found.hits, judgment, dataset.level)
    place = next((place for place, name in enumerate(names, 1) if name in right), None)
    return {
        "id": case.id,
        "question": case.question,
        "tags": list(case.tags),
        "expect": case.expect,
        "expected": sorted(right),
        "found": shown(found.hits, right),
        "first_right": place,
        "ms": round(found.ms, 3),
        "stable": found.stable,
        "metrics": levels[dataset.level].scores[case.id],
        "levels": {level: one.scores[case.id] for level, one in levels.items()},
    }


def shown(hits: Sequence[Hit], right: frozenset[str]) -> list[dict[str, Any]]:
    """The first sections found, with whether each is right."""
    listed = []
    for hit in hits[:SHOWN]:
        section, page = hit_ids(hit)
        listed.append(
            {
                "url": hit.url,
                "id": section,
                "title": " > ".join(hit.breadcrumbs),
                "score": round(hit.score, 5),
                "similarity": round(hit.similarity, 4),
                "right": section in right or page in right,
            }
        )
    return listed
