"""Thousands of requests made up from the OpenAPI document, right ones and wrong ones, at a real server.

    python -m tests.api.fuzzing --requests 10000

Schemathesis makes them and holds every response against the document; the server counts what it answered.
Exit code: 0 when nothing differs and no status is 5xx, 1 otherwise.
"""

import argparse
import asyncio
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.app import create_app
from ingest.syncing import sync
from pipeline.embedding import open_embedding
from pipeline.store import open_store
from tests.conftest import config_for, serving, write_site
from tests.fakes.openai_server import OpenAIServer

OWNER = "a-key-for-the-fuzzer-alone"
COUNTED = re.compile(r'fingerpost_requests_total\{.*status="(\d+)"\} (\S+)')


@dataclass(frozen=True)
class Wanted:
    """How much, of what, and from which seed (None for a new one)."""

    requests: int
    phases: str
    seed: int | None


async def fuzz(folder: Path, wanted: Wanted) -> int:
    """Fuzzes the API of a small site that is made in `folder`; returns the exit code."""
    async with OpenAIServer() as model:
        providers = [{"name": "scripted", "base_url": model.base_url}]
        api = {"limits": False, "admin_key": OWNER}
        config = config_for(write_site(folder), llm={"providers": providers}, api=api)
        embedding = open_embedding(config.embedding)
        await sync(config, open_store(config.store), embedding)
        app = create_app(config)
        operations = sum(len(methods) for methods in app.openapi()["paths"].values())
        async with serving(app) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
            code = await schemathesis(address, wanted, max(1, wanted.requests // operations))
            told = (await client.get("/metrics")).text
    counts: Counter[str] = Counter()
    for status, number in COUNTED.findall(told):
        counts[status] += int(float(number))
    sys.stdout.write(f"{counts.total():,} requests were answered: {dict(sorted(counts.items()))}\n")
    return 1 if code or any(status >= "500" for status in counts) else 0


async def schemathesis(address: str, wanted: Wanted, examples: int) -> int:
    """Runs it with so many examples for each operation; returns its exit code."""
    line = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{address}/openapi.json",
        "--max-examples", str(examples), "--phases", wanted.phases, "--continue-on-failure",
        "--header", f"Authorization: Bearer {OWNER}", "--generation-database", "none", "--no-color",
        # A body of the right form may still ask nothing, or about a version that is not there: 400.
        "--exclude-checks", "positive_data_acceptance",
    ]  # fmt: skip
    if wanted.seed is not None:
        line += ["--seed", str(wanted.seed)]
    return await (await asyncio.create_subprocess_exec(*line)).wait()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=10_000, metavar="N", help="about so many")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful", metavar="A,B")
    parser.add_argument("--seed", type=int, metavar="N")
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(fuzz(Path(folder), Wanted(**vars(parser.parse_args()))))


if __name__ == "__main__":
    sys.exit(main())
