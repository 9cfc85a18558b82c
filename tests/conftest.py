"""A small documentation site, its index, and servers on real sockets, for every test that wants them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import settings
from starlette.types import ASGIApp

from ingest.syncing import sync
from pipeline.config import Config, parse_config
from pipeline.embedding import Embedding, open_embedding
from pipeline.store import open_store

# A property is no measure of speed: a busy machine must not make it fail.
settings.register_profile("fingerpost", deadline=None)
settings.load_profile("fingerpost")

PAGES = {
    "docs/intro.md": """---
description: What Widgetry is for.
---

# Introduction

Widgetry paints widgets. It runs on Linux and macOS.

## Installation

Install Widgetry with `pip install widgetry`. It needs Python 3.9 or newer:

```bash
pip install widgetry
```

## Upgrading

Run `widgetry upgrade` to move to the newest release. Your palettes are kept.
""",
    "docs/guides/colours.md": """# Colours

A palette is a list of colours that widgets take in turn.

## Custom palettes {#palettes}

Write the colours of your own palette to `palette.toml`, one on each line. See [installation](../intro.md#installation).

## Dark mode

Dark mode inverts every palette. Switch it on with the flag `--dark`.
""",
    "docs/reference.md": """# Reference

## Exit codes

Exit code 3 means that the palette file could not be read.
""",
}
QUESTION = "How do I install Widgetry?"


def write_site(root: Path, pages: dict[str, str] = PAGES) -> Path:
    """The pages as files below `root`."""
    for name, text in pages.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def config_for(root: Path, **sections: Any) -> Config:
    """The configuration of the site in `root`; `sections` are laid over it.  No key comes from outside."""
    values: dict[str, Any] = {
        "site": {"url": "https://docs.example.com", "title": "Widgetry"},
        "llm": {"providers": []},
    }
    for name, section in sections.items():
        values[name] = {**values.get(name, {}), **section}
    return parse_config(json.dumps(values), source="config.yaml", base=root, environ={})


@pytest.fixture(scope="session")
def embedding() -> Embedding:
    """The packaged model, for tests that only embed; pipelines open their own."""
    return open_embedding(config_for(Path("/")).embedding)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, embedding: Embedding) -> Path:
    """An ingested site.  Not to be changed: make your own with `write_site`."""
    root = write_site(tmp_path_factory.mktemp("site"))
    config = config_for(root)
    asyncio.run(sync(config, open_store(config.store), embedding))
    return root


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """`app` behind a real Uvicorn on loopback; gives its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        # The socket listens already, so that a client that comes before the server waits for it.
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
