"""`python -m benchmarks [NAME...]`: runs the benchmarks, or those named; writes figures as JSON and as a table.

Each is bounded.  What comes out is of this machine at this moment: compare ratios, not times.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def cpu() -> Any:
    """CPU for an answer beside the floor."""
    from benchmarks import answers

    return asyncio.run(answers.cpu())


def crowd_100() -> Any:
    """100 users on one process, embeddings by an endpoint."""
    from benchmarks import answers

    return asyncio.run(answers.crowd(100, 5))


def crowd_100_local() -> Any:
    """100 users on one process, embeddings by the packaged model."""
    from benchmarks import answers

    return asyncio.run(answers.crowd(100, 5, embedding="local"))


def crowd_500() -> Any:
    """500 users on two processes."""
    from benchmarks import answers

    return asyncio.run(answers.crowd(500, 2, workers=2))


def memory() -> Any:
    """Memory after 1,000 and after 20,000 answers."""
    from benchmarks import answers

    return asyncio.run(answers.memory())


def retrieval() -> Any:
    """A search in process, by size of the index."""
    from benchmarks.retrieval import curve

    return curve()


def start() -> Any:
    """Until the API can answer, and its memory then."""
    from benchmarks.start import measure

    return asyncio.run(measure())


def ingest() -> Any:
    """Chunks a second beside fastembed alone."""
    from benchmarks.ingest import measure

    return measure()


def semantic_cache() -> Any:
    """Paraphrases found and other questions found wrongly."""
    from benchmarks.semantic_cache import measure

    return measure()


ALL: tuple[Callable[[], Any], ...] = (
    cpu, crowd_100, crowd_100_local, crowd_500, start, ingest, semantic_cache, retrieval, memory,
)  # fmt: skip


def main() -> int:
    """0 when all that was asked for ran."""
    named = {one.__name__: one for one in ALL}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *named], metavar="NAME", help=", ".join(named))
    chosen = parser.parse_args().names or list(named)
    for name in chosen:
        print(f"{name}: {named[name].__doc__}", file=sys.stderr, flush=True)
        began = time.perf_counter()
        figures = named[name]()
        print(json.dumps({name: figures}), flush=True)
        _keep(name, figures, time.perf_counter() - began)
    return 0


def _keep(name: str, figures: Any, seconds: float) -> None:
    """Adds to results/latest.json, and writes the table of all that is there."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "latest.json"
    held = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    held[name] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_average": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "seconds": round(seconds, 1),
        "figures": figures,
    }
    file.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    rows = [f"| {one} | {json.dumps(_short(held[one]['figures']))} | {held[one]['when']} |" for one in held]
    table = ["| benchmark | figures | when |", "|---|---|---|", *rows, ""]
    (RESULTS / "latest.md").write_text("\n".join(table), encoding="utf-8")


SHOWN = (
    "outcomes", "turned_away", "failures", "stalled", "first_token_ms", "total_ms", "server", "answers_per_second",
)  # fmt: skip


def _short(figures: Any) -> Any:
    """Of a load, what the manual tells."""
    if isinstance(figures, dict) and figures.get("kind") == "load":
        return {key: figures[key] for key in SHOWN}
    return figures


if __name__ == "__main__":
    sys.exit(main())
