"""`python -m ingest status`: what is indexed."""

import argparse
import asyncio
import json
import sys
from collections import Counter
from typing import Any

from pipeline.config import Config, load_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """The status on stdout.  1 when nothing is indexed, or with other settings than now.

    Raises ConfigError, StoreError.
    """
    status = asyncio.run(_status(load_config(arguments.config)))
    if status is None:
        print("nothing is indexed yet: run `python -m ingest`", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(status, ensure_ascii=False))
    else:
        for name, value in status.items():
            if name != "scopes":
                print(f"{name:12} {value}")
        for scope in status["scopes"]:
            print("  {version:12} {locale:6} {pages:6} pages {chunks:7} chunks".format(**scope))
    if status["stale"]:
        print("the settings have changed since: run `python -m ingest`", file=sys.stderr)
    return 1 if status["stale"] else 0


async def _status(config: Config) -> dict[str, Any] | None:
    # Heavy: not for --help.
    from pipeline.embedding import open_embedding
    from pipeline.indexing import fingerprint, read_index
    from pipeline.store import open_store
    from pipeline.store.generation import matches, scroll_all

    embedding = open_embedding(config.embedding)
    store = open_store(config.store)
    try:
        index = await read_index(store, fingerprint(config.ingestion, embedding.name))
        if index.generation is None or index.manifest is None:
            return None
        chunks: Counter[tuple[str, str]] = Counter()
        async for point in scroll_all(index.generation, matches(kind="chunk"), payload=["version", "locale"]):
            about = point.payload or {}
            chunks[about["version"], about["locale"]] += 1
        pages = Counter((record.version, record.locale) for record in index.records.values())
        await store.close_reader(index.generation)
    finally:
        await store.aclose()
        await embedding.aclose()
    return {
        "revision": index.manifest.revision,
        "commit": index.manifest.commit,
        "created": index.manifest.created,
        "embedding": index.manifest.embedding,
        "dimensions": index.manifest.dimensions,
        "fingerprint": index.manifest.fingerprint,
        "stale": index.stale,
        "pages": pages.total(),
        "chunks": chunks.total(),
        "scopes": [
            {"version": version, "locale": locale, "pages": count, "chunks": chunks[version, locale]}
            for (version, locale), count in sorted(pages.items())
        ],
    }
