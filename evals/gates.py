"""The limits of `evals.gates`: what a run must reach, and what it must not exceed."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config.evals import CEILINGS, EvalsConfig


def limits(config: EvalsConfig, dataset: str) -> dict[str, float]:
    """The gates for this dataset: those for all, and its own over them."""
    own = config.gates.get(dataset)
    general = {name: limit for name, limit in config.gates.items() if not isinstance(limit, dict)}
    return {**general, **(own if isinstance(own, dict) else {})}


def gated_values(summary: Mapping[str, Any]) -> dict[str, float]:
    """The figures of a run under the names that gates use."""
    values = {name: value for name, value in summary["metrics"].items() if value is not None}
    for key in ("latency", "first_token", "total"):
        values |= {f"{key}_{share}_ms": value for share, value in summary.get(f"{key}_ms", {}).items()}
    return values


def broken(config: EvalsConfig, summary: Mapping[str, Any]) -> list[str]:
    """One line for each gate that the run breaks; a gate whose metric the run does not have is passed over."""
    return list(_broken(limits(config, summary["dataset"]), gated_values(summary)))


def _broken(gates: Mapping[str, float], values: Mapping[str, float]) -> Iterator[str]:
    for name, limit in gates.items():
        value = values.get(name)
        if value is None:
            continue
        if name in CEILINGS and value > limit:
            yield f"{name} is {value:.4g}, at most {limit:g} is allowed"
        elif name not in CEILINGS and value < limit:
            yield f"{name} is {value:.4f}, at least {limit:g} is required"
