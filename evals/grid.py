"""Many configurations over many datasets, in one table.

A grid file names configurations outright, or values to vary, every combination of which is measured:

    datasets: [evals/datasets/fingerpost]    # where --dataset names none
    configurations:
      - {name: as it is}
      - {name: dbsf, query: {retriever: {name: hybrid, fusion: dbsf}}}
    vary:
      ingestion.transformations: [[{name: sections, max_words: 120}], [{name: sections, max_words: 240}]]

Each is laid over config.yaml's sections and checked as config.yaml is.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from evals.cases import Dataset
from evals.comparing import compare, measured
from evals.corpus import Progress, file_name, open_corpus
from evals.runs import Run, describe, write_run
from pipeline.config import Config, QueryConfig, parse_config
from pipeline.errors import ConfigError

SECTIONS = ("ingestion", "embedding", "query", "answer")
KEYS = ("datasets", "configurations", "vary")
MOST = 500  # configurations; more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Grid:
    """The configurations by name, in order, and the datasets that the file names."""

    configurations: Mapping[str, Config]
    datasets: list[Path]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep hands out: its folder, every run in it, and the table's rows."""

    folder: Path
    runs: list[Run]
    rows: list[dict[str, Any]]


def read_grid(path: Path, config: Path | None, base: Path) -> Grid:
    """The grid in `path`, over the configuration in the file `config`, paths relative to `base`.

    Raises ConfigError with every problem of every configuration.
    """
    described = _load(path)
    problems = [
        f"{key}: there is no such key; allowed are {', '.join(KEYS)}" for key in described.keys() - {*KEYS}
    ]
    ground = _load(config) if config else {"site": {}}
    configurations: dict[str, Config] = {}
    for name, over in _combinations(described, problems):
        if name in configurations:
            problems.append(f"two configurations are named {name!r}")
            continue
        problems += [
            f"{name}: {key}: a grid varies {', '.join(SECTIONS)}" for key in over if key not in SECTIONS
        ]
        try:
            text = json.dumps(_with_a_retriever(_merged(ground, over)), default=str)  # JSON is YAML
            configurations[name] = parse_config(text, source=str(path), base=base)
        except ConfigError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    datasets = described.get("datasets") or []
    if not isinstance(datasets, list) or not all(isinstance(one, str) for one in datasets):
        problems.append("datasets: should be a list of folders")
    if problems:
        raise ConfigError(str(path), problems)
    return Grid(configurations, [path.parent / one for one in datasets])


def _load(path: Path) -> dict[str, Any]:
    try:
        loaded = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigError(str(path), [f"cannot be read: {error}"]) from error
    if loaded is not None and not isinstance(loaded, dict):
        raise ConfigError(str(path), ["should be a mapping"])
    return loaded or {}


def _combinations(described: dict[str, Any], problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each configuration with each combination of the varied values, named."""
    named = described.get("configurations") or [{}]
    vary = described.get("vary") or {}
    if not isinstance(named, list) or not all(isinstance(one, dict) for one in named):
        problems.append("configurations: should be a list of mappings")
        return
    if not isinstance(vary, dict) or not all(isinstance(values, list) and values for values in vary.values()):
        problems.append("vary: should name, for each dotted key, a list of values")
        return
    choices = list(itertools.product(*vary.values()))
    if len(named) * len(choices) > MOST:
        problems.append(f"{len(named) * len(choices)} configurations; at most {MOST} are measured")
        return
    for one in named:
        own = {key: value for key, value in one.items() if key != "name"}
        for values in choices:
            over = own
            for key, value in zip(vary, values, strict=True):
                over = _merged(over, _nested(str(key), value))
            said = [f"{key}={_short(value)}" for key, value in zip(vary, values, strict=True)]
            called = [str(one["name"])] if "name" in one else []
            yield " ".join([*called, *said]) or "as configured", over


def _nested(key: str, value: object) -> dict[str, Any]:
    """`a.b` and 1 -> {a: {b: 1}}."""
    for part in reversed(key.split(".")):
        value = {part: value}
    assert isinstance(value, dict)
    return value


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str).replace('"', "")


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, mappings within mappings; a component's short name becomes its `name`."""
    merged = dict(under)
    for key, value in over.items():
        held = merged.get(key)
        if isinstance(held, str) and isinstance(value, Mapping) and key == "retriever":
            held = {"name": held}
        merged[key] = (
            _merged(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
        )
    return merged


def _with_a_retriever(values: dict[str, Any]) -> dict[str, Any]:
    """A retriever of which only arguments are given is the default one."""
    query = values.get("query")
    given = query.get("retriever") if isinstance(query, dict) else None
    if not isinstance(given, dict) or "name" in given or "class" in given:
        return values
    return _merged(values, {"query": {"retriever": {"name": QueryConfig().retriever.name}}})


async def sweep(
    grid: Grid, datasets: Sequence[Dataset], root: Path, out: Path | None, told: Progress
) -> Swept:
    """Measures every configuration over every dataset, one run each."""
    from evals.retrieval import measure

    folder = out or root / "runs" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-grid-{token_hex(3)}"
    runs: list[Run] = []
    rows: list[dict[str, Any]] = []
    whole = len(datasets) * len(grid.configurations)
    for dataset in datasets:
        first: Run | None = None
        for name, config in grid.configurations.items():
            told(len(runs), whole)
            async with open_corpus(dataset, config, root) as corpus:
                record = await measure(dataset, corpus)
            about = describe(dataset, config, "retrieval", name=name)
            run = write_run(folder / f"{len(runs):03}-{file_name(dataset.name)}", about, record)
            runs.append(run)
            first = first or run
            rows.append(_row(run, first))
    return Swept(folder, runs, rows)


def _row(run: Run, first: Run) -> dict[str, Any]:
    """The run's summary, with its differences to the dataset's first configuration."""
    found = compare(measured(first), measured(run)).differences
    return {
        "configuration": run.name,
        **run.summary,
        "differences": {
            one.metric: {
                "change": one.change,
                "interval": list(one.interval),
                "p": one.p,
                "holm": one.adjusted,
            }
            for one in found
        },
        "significant": [one.metric for one in found if one.significant],
    }
