"""Provider `fastembed`: names are checked before anything is fetched, and a failed fetch says what to do."""

from pathlib import Path

import pytest

from pipeline.config import FastembedEmbedding
from pipeline.embedding import open_embedding
from pipeline.errors import EmbeddingError


def test_unknown_name(tmp_path: Path) -> None:
    """A name that fastembed does not know is refused with the names near it."""
    config = FastembedEmbedding(provider="fastembed", model="BAAI/bge-smal-en", cache_dir=tmp_path)
    with pytest.raises(EmbeddingError, match=r"no 'BAAI/bge-smal-en'.*BAAI/bge-small-en-v1\.5"):
        open_embedding(config, {})


def test_far_off_name_lists_all(tmp_path: Path) -> None:
    """A name that is near to none gets the whole list, without the model that only `local` can open."""
    config = FastembedEmbedding(provider="fastembed", model="0000", cache_dir=tmp_path)
    with pytest.raises(EmbeddingError, match="intfloat/multilingual-e5-large") as caught:
        open_embedding(config, {})
    assert "fingerpost/" not in str(caught.value)


@pytest.mark.parametrize("given", ["config", "environment"])
def test_failed_download(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is not in the cache folder and cannot be fetched is an error that says what to do."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # fastembed's own switch: fail at once, try no connection
    config = FastembedEmbedding(provider="fastembed", cache_dir=tmp_path if given == "config" else None)
    environ = {} if given == "config" else {"FASTEMBED_CACHE_PATH": str(tmp_path)}
    with pytest.raises(EmbeddingError, match="provider: local") as caught:
        open_embedding(config, environ)
    assert str(tmp_path) in str(caught.value)
