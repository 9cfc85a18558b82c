"""The whole measurement of answers: ask, score, judge, sum up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evals.answers.asking import Told, ask_all
from evals.answers.figures import Figures, cited_id, figures, has_reference, said
from evals.answers.judging import CRITERIA, Verdicts, judge_all
from evals.cases import Case, Dataset
from evals.corpus import Corpus
from evals.retrieval import latency
from evals.runs import Record
from evals.statistics import interval
from pipeline.config import EvalsConfig

if TYPE_CHECKING:  # heavy: not for --help
    from pipeline.embedding import Embedding
    from pipeline.judging import Judge

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done, to do)."""


@dataclass(frozen=True, slots=True)
class Exam:
    """What is measured, and how."""

    dataset: Dataset
    config: EvalsConfig
    judge: "Judge | None" = None
    concurrency: int = 1


async def measure(exam: Exam, corpus: Corpus, progress: Progress) -> Record:
    """Every case asked and scored; with a judge, judged.

    Raises JudgeError, and what `Assistant.answer` raises before its stream; an answer that breaks off
    is a failure that is counted.
    """
    cases = exam.dataset.cases
    told = await ask_all(
        corpus.pipeline.assistant, cases, concurrency=exam.concurrency,
        progress=lambda done, todo: progress("asking", done, todo),
    )  # fmt: skip
    scored = {
        case.id: figures(case, told[case.id], exam.dataset.judgments.get(case.id), exam.dataset.urls)
        for case in cases
    }
    await _add_similarity(cases, told, scored, corpus.pipeline.embedding)
    verdicts = await _judged(exam, told, progress)
    for case in cases:
        given = verdicts.by_case.get(case.id, {}) if verdicts else {}
        scored[case.id] |= {name: given[name].score for name in CRITERIA if name in given}
    rows = [_row(exam.dataset, case, told[case.id], scored[case.id], verdicts) for case in cases]
    return Record(summary=_summary(exam, corpus, rows, verdicts), rows=rows)


async def _add_similarity(
    cases: Sequence[Case], told: Mapping[str, Told], scored: dict[str, Figures], embedding: "Embedding"
) -> None:
    """The cosine of answer and reference, by the index's own embedding model; 0 where nothing was said."""
    import numpy as np

    chosen = [case for case in cases if has_reference(case)]
    spoken = [case for case in chosen if said(told[case.id])]
    for case in cases:
        scored[case.id]["similarity"] = 0.0 if case in chosen else None
    texts = [text for case in spoken for text in (said(told[case.id]), case.answer or "")]
    vectors = await embedding.model.aget_text_embedding_batch(texts) if texts else []
    for place, case in enumerate(spoken):
        a, b = (np.asarray(vector) for vector in vectors[2 * place : 2 * place + 2])
        lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
        scored[case.id]["similarity"] = max(0.0, float(a @ b) / lengths) if lengths else 0.0


async def _judged(exam: Exam, told: Mapping[str, Told], progress: Progress) -> Verdicts | None:
    if exam.judge is None or exam.config.judge is None:
        return None
    return await judge_all(
        exam.judge, exam.dataset.cases, told,
        concurrency=exam.config.judge.concurrency, max_failures=exam.config.judge.max_failures,
        progress=lambda done, todo: progress("judging", done, todo),
    )  # fmt: skip


def _row(
    dataset: Dataset, case: Case, told: Told, scored: Figures, verdicts: Verdicts | None
) -> dict[str, Any]:
    judgment = dataset.judgments.get(case.id)
    right = judgment.sections if judgment else frozenset[str]()
    found = [
        {
            "url": source.url,
            "id": source.url,
            "title": " > ".join(source.breadcrumbs),
            "right": judgment is not None and cited_id(source.url, judgment) in right,
            "cited": source in told.cited,
        }
        for source in told.sources
    ]
    row = {
        "id": case.id, "question": case.question, "tags": list(case.tags), "expect": case.expect,
        "outcome": told.outcome, "error": told.error, "expected": sorted(right), "found": found,
        "answer": told.text, "reference": case.answer or "", "mode": told.mode, "model": told.model,
        "first_token_ms": told.first_token_ms, "ms": round(told.total_ms, 3), "metrics": scored,
    }  # fmt: skip
    return row if verdicts is None else {**row, "judgments": verdicts.plain(case.id)}


def _summary(
    exam: Exam, corpus: Corpus, rows: list[dict[str, Any]], verdicts: Verdicts | None
) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in rows for name in row["metrics"]))
    columns = {name: _column(rows, name) for name in names}
    failures = [f"case {row['id']}: {row['error']}" for row in rows if row["error"]]
    identity = exam.judge.identity if exam.judge else None
    return {
        "kind": "answers",
        "dataset": exam.dataset.name,
        "cases": len(rows),
        "judged": len(exam.dataset.judged),
        "by": exam.dataset.level,
        "metrics": {name: _mean(values) for name, values in columns.items()},
        "counts": {name: len(values) for name, values in columns.items()},
        "intervals": {name: list(interval(values)) for name, values in columns.items()},
        "outcomes": _counted(row["outcome"] for row in rows),
        "models": _counted(row["model"] or row["mode"] or "none" for row in rows),
        "first_token_ms": latency(
            [row["first_token_ms"] for row in rows if row["first_token_ms"] is not None]
        ),
        "total_ms": latency([row["ms"] for row in rows]),
        "cost_usd_total": sum(columns.get("cost_usd", [])),
        "index": {"pages": corpus.pages, "chunks": corpus.chunks},
        "judge": {**identity, "asked": verdicts.asked, "failed": len(verdicts.failures)}
        if identity and verdicts
        else None,
        "failures": failures + (verdicts.failures if verdicts else []),
        "tags": _by_tag(rows, names),
    }


def _column(rows: Iterable[Mapping[str, Any]], name: str) -> list[float]:
    """The values of the cases that the metric applies to."""
    return [row["metrics"][name] for row in rows if row["metrics"].get(name) is not None]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _counted(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def _by_tag(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    tags = sorted({tag for row in rows for tag in row["tags"]})
    tagged = {tag: [row for row in rows if tag in row["tags"]] for tag in tags}
    return {
        tag: {"judged": len(own), "metrics": {name: _mean(_column(own, name)) for name in names}}
        for tag, own in tagged.items()
    }
