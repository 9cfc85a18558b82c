"""`ingestion.runner: ray` on a local cluster of two workers.  Ray is 80 MB, so `make test-ray` brings it."""

import asyncio
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import Config, parse_config
from pipeline.errors import ConfigError
from pipeline.store import open_store
from pipeline.store.generation import scroll_all
from tests.conftest import config_for, write_site

ROOT = Path(__file__).parent.parent.parent
HAS_RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not HAS_RAY, reason="ray is not installed: make test-ray")


def ingested(root: Path, **ingestion: Any) -> tuple[dict[str, Any], Config]:
    """The report of the real command over a site of some pages, and its configuration."""
    write_site(root)
    for number in range(40):
        page = f"# Page {number}\n\nAbout {number}.\n\n## Part\n\nWidget {number} has {number} parts.\n"
        write_site(root, {f"docs/page{number}.md": page})
    file = root / "config.yaml"
    file.write_text(json.dumps({"site": {}, "llm": {"providers": []}, "ingestion": ingestion}))
    words = [sys.executable, "-m", "ingest", "--config", str(file), "--json"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), parse_config(
        file.read_text(), source="config.yaml", base=root, environ={}
    )


async def points(config: Config) -> dict[str, Any]:
    store = open_store(config.store)
    generation = await store.open_reader(str(await store.current()))
    found = {
        str(point.id): (point.payload, point.vector)
        async for point in scroll_all(generation, None, vectors=True)
        if (point.payload or {}).get("kind") != "manifest"
    }
    await store.close_reader(generation)
    return found


@needs_ray
def test_two_workers_make_the_same_index(tmp_path: Path) -> None:
    """Point for point as the local runner: the same ids, payloads and words, and vectors equal but for rounding."""
    _, config = ingested(tmp_path / "local")
    report, spread = ingested(tmp_path / "ray", runner="ray", workers=2)
    assert report["embedded"] == report["chunks"] > 80
    one, two = asyncio.run(points(config)), asyncio.run(points(spread))
    assert one.keys() == two.keys()
    for key, (payload, vectors) in one.items():
        assert two[key][0] == payload
        assert (two[key][1] or {}).keys() == (vectors or {}).keys()
        if vectors:
            assert two[key][1]["sparse"] == vectors["sparse"]
            np.testing.assert_allclose(two[key][1]["dense"], vectors["dense"], atol=1e-5)


@pytest.mark.skipif(HAS_RAY, reason="ray is installed")
async def test_without_ray_the_way_to_it_is_said() -> None:
    """A clear error instead of a traceback."""
    from pipeline.embedding import open_for_ingest

    config = config_for(Path("/"), ingestion={"runner": "ray"})
    with pytest.raises(ConfigError, match=r"pip install fingerpost\[ray\]"):
        open_for_ingest(config.embedding, config.ingestion, {})


async def test_an_endpoint_needs_no_workers() -> None:
    """It is told what to raise instead."""
    from pipeline.embedding import open_for_ingest

    config = config_for(
        Path("/"), ingestion={"runner": "ray"}, embedding={"provider": "openai", "api_key": "k"}
    )
    with pytest.raises(ConfigError, match=r"embedding\.concurrency"):
        open_for_ingest(config.embedding, config.ingestion, {})
