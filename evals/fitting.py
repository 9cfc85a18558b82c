"""The coefficients of `pipeline.gate`, fitted to datasets with questions that must be answered and refused.

Each site and each expectation weighs alike, however many cases it has.  What a gate is worth on a site
that it has not seen is told by fitting it to the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from evals.cases import Dataset
from evals.corpus import Corpus
from pipeline.gate import ENOUGH, Signals

if TYPE_CHECKING:  # heavy: not for --help
    import numpy as np

RIDGE = 0.01
"""Keeps coefficients finite where a signal parts the cases without a fault."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One case's signals, and whether it must be answered."""

    signals: Signals
    answer: bool


@dataclass(frozen=True, slots=True)
class Worth:
    """On one site, at `ENOUGH`: the shares of the unanswerable and of the answerable that are refused."""

    refused: float
    refused_wrongly: float


async def seen(dataset: Dataset, corpus: Corpus) -> list[Seen]:
    """The signals of every case, as the assistant sees them."""
    asked = [(await corpus.pipeline.assistant.signals(case.asked()), case) for case in dataset.cases]
    return [Seen(signals, case.expect == "answer") for signals, case in asked if signals is not None]


def fit(sites: Sequence[Sequence[Seen]]) -> list[float]:
    """The coefficients in the order of `Signals`, and the intercept, by weighted logistic regression."""
    import numpy as np
    from scipy.optimize import minimize  # type: ignore[import-untyped]  # scipy ships no types

    rows = np.array([[*astuple(one.signals), 1.0] for site in sites for one in site])
    signs = np.array([1.0 if one.answer else -1.0 for site in sites for one in site])
    weights = np.concatenate([_weights(site) for site in sites])

    def loss(chosen: "np.ndarray[Any, Any]") -> float:
        ridge = RIDGE * float(chosen[:-1] @ chosen[:-1]) / 2
        return float(weights @ np.logaddexp(0, -signs * (rows @ chosen))) + ridge

    found: list[float] = minimize(loss, np.zeros(rows.shape[1])).x.tolist()
    return found


def _weights(site: Sequence[Seen]) -> list[float]:
    counts = {answer: sum(one.answer == answer for one in site) for answer in (True, False)}
    return [50 / counts[one.answer] for one in site]


def worth(site: Sequence[Seen], chosen: Sequence[float]) -> Worth:
    """What the gate with these coefficients is worth on a site."""
    import math

    def refused(one: Seen) -> bool:
        score = sum(c * x for c, x in zip(chosen, (*astuple(one.signals), 1.0), strict=True))
        return 1 / (1 + math.exp(-score)) < ENOUGH

    shares = []
    for answer in (False, True):
        own = [refused(one) for one in site if one.answer == answer]
        shares.append(sum(own) / len(own) if own else 0.0)
    return Worth(*shares)


def left_out(sites: Mapping[str, Sequence[Seen]]) -> dict[str, Worth]:
    """Each site with the coefficients that the others give."""
    return {
        name: worth(site, fit([other for key, other in sites.items() if key != name]))
        for name, site in sites.items()
    }
