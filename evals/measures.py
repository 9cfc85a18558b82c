"""Rankings become figures, by ir_measures: qrels and a run in TREC's sense, per case first, then the mean.

A ranking names each section or page once, at its first place.  A judged case without a result scores 0:
ir_measures goes by the qrels, not by the run.
"""

from collections.abc import Iterable, Mapping, Sequence

from evals.cases.labels import hit_ids
from evals.cases.models import Judgment, Level
from pipeline.models import Hit

MEASURES: Mapping[str, str] = {
    "nDCG@10": "nDCG@10",
    "RR@10": "RR@10",
    "Success@1": "Success@1",
    "Success@5": "Success@5",
    "Recall@3": "R@3",
    "Recall@10": "R@10",
}
"""Our names, as people say them, and those of ir_measures."""

Qrels = dict[str, dict[str, int]]
"""Case -> the right section or page -> 1."""
Run = dict[str, dict[str, float]]
"""Case -> what was found -> its score, larger is better."""
Scores = dict[str, dict[str, float]]
"""Case -> measure -> value."""


def ranking(hits: Sequence[Hit], judgment: Judgment, level: Level) -> list[str]:
    """What was found, best first, as ids.

    At the section level a label may name a whole page: then any section of it counts as that page, once.
    """
    found: dict[str, None] = {}
    for hit in hits:
        section, page = hit_ids(hit)
        found.setdefault(page if level == "page" or page in judgment.sections else section)
    return list(found)


def as_run(rankings: Mapping[str, Sequence[str]]) -> Run:
    """A run whose scores are the places turned round, so that no two are equal."""
    return {
        case: {name: float(len(names) - place) for place, name in enumerate(names)}
        for case, names in rankings.items()
    }


def as_qrels(judgments: Mapping[str, Judgment], level: Level) -> Qrels:
    """The right answers of every judged case."""
    return {case: dict.fromkeys(sorted(judgment.at(level)), 1) for case, judgment in judgments.items()}


def score(qrels: Qrels, run: Run) -> Scores:
    """Every measure of every case in `qrels`, 0 for a case that `run` does not have."""
    import ir_measures

    names = {ir_measures.parse_measure(theirs): ours for ours, theirs in MEASURES.items()}
    scores: Scores = {case: dict.fromkeys(MEASURES, 0.0) for case in qrels}
    for metric in ir_measures.iter_calc(list(names), qrels, run):
        scores[metric.query_id][names[metric.measure]] = float(metric.value)
    return scores


def mean(scores: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each measure over the cases that have it."""
    rows = list(scores)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [row[name] for row in rows if name in row] for name in names}
    return {name: sum(values) / len(values) for name, values in columns.items()}


def trec_qrels(qrels: Qrels) -> str:
    """TREC's qrels file: case, 0, section, grade."""
    return "".join(
        f"{_word(case)} 0 {_word(name)} {grade}\n"
        for case, names in qrels.items()
        for name, grade in names.items()
    )


def trec_run(run: Run, tag: str = "fingerpost") -> str:
    """TREC's run file: case, Q0, section, rank, score, tag."""
    return "".join(
        f"{_word(case)} Q0 {_word(name)} {rank} {value:g} {tag}\n"
        for case, names in run.items()
        for rank, (name, value) in enumerate(names.items(), 1)
    )


def _word(text: str) -> str:
    """One column: TREC's files are split at blanks."""
    return "%20".join(text.split())
