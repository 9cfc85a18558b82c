"""Provider `openai` through the real SDK, against an endpoint on the loopback."""

import sys
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.config import OpenAIEmbedding
from pipeline.embedding import Embedding, open_embedding
from pipeline.errors import EmbeddingError
from tests.pipeline.embedding.endpoint import Endpoint, serve

KEY = "sk-secret-123"
ENVIRON = {"OPENAI_API_KEY": KEY}


def opened(endpoint: Endpoint, **options: Any) -> Embedding:
    config = {
        "provider": "openai",
        "model": "some-model",
        "base_url": endpoint.base_url,
        "timeout": 5,
        **options,
    }
    return open_embedding(OpenAIEmbedding.model_validate(config), ENVIRON)


async def test_texts_and_questions() -> None:
    """Any model name works on an endpoint of one's own; vectors come in the order of the texts."""
    async with serve() as endpoint:
        embedding = opened(endpoint)
        vectors = await embedding.model.aget_text_embedding_batch(["a", "bbb", "cc"])
        question = await embedding.model.aget_query_embedding("four")
        await embedding.aclose()
    assert vectors == [[1.0] * 4, [3.0] * 4, [2.0] * 4]
    assert question == [4.0] * 4
    assert {body["model"] for body in endpoint.bodies} == {"some-model"}
    assert all("dimensions" not in body for body in endpoint.bodies)


async def test_own_endpoint_never_gets_the_environments_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment holds for OpenAI is not sent to another endpoint, neither key nor names."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, KEY)
    async with serve() as endpoint:
        embedding = opened(endpoint)
        await embedding.model.aget_query_embedding("hello")
        await embedding.model.aget_text_embedding("hello")
        await embedding.aclose()
    assert len(endpoint.headers) == 2
    for headers in endpoint.headers:
        assert "authorization" not in headers
        assert KEY not in str(headers)


async def test_key_and_dimensions_of_the_configuration() -> None:
    """A configured key and number of dimensions are sent, and the name tells the dimensions."""
    async with serve(width=8) as endpoint:
        embedding = opened(endpoint, api_key=SecretStr("mine"), dimensions=8)
        assert await embedding.size() == 8
        assert not endpoint.bodies
        await embedding.model.aget_query_embedding("hello")
        await embedding.aclose()
    assert embedding.name == "openai/some-model/8"
    assert endpoint.headers[0]["authorization"] == "Bearer mine"
    assert endpoint.bodies[0]["dimensions"] == 8
    assert "mine" not in repr(embedding)


async def test_size_is_asked_when_unknown() -> None:
    """An endpoint's model of unknown size is asked once for one vector."""
    async with serve(width=5) as endpoint:
        embedding = opened(endpoint)
        assert embedding.dimensions is None
        assert await embedding.size() == 5
        await embedding.aclose()


@pytest.mark.parametrize("base_url", [None, "https://api.openai.com/v1"])
@pytest.mark.parametrize(
    ("model", "dimensions", "name", "size"),
    [
        ("text-embedding-3-small", None, "openai/text-embedding-3-small", 1536),
        ("text-embedding-3-large", 512, "openai/text-embedding-3-large/512", 512),
        ("text-embedding-9", None, "openai/text-embedding-9", None),
    ],
)
async def test_openais_own_models(
    base_url: str | None, model: str, dimensions: int | None, name: str, size: int | None
) -> None:
    """OpenAI's models are opened without a call, and their sizes are known."""
    config = OpenAIEmbedding(provider="openai", model=model, dimensions=dimensions, base_url=base_url)
    embedding = open_embedding(config, ENVIRON)
    assert (embedding.name, embedding.dimensions) == (name, size)
    assert KEY not in repr(embedding)
    await embedding.aclose()


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": ""}])
def test_missing_key(environ: dict[str, str]) -> None:
    """OpenAI's own endpoint without a key is an error that names the variable."""
    with pytest.raises(EmbeddingError, match="OPENAI_API_KEY"):
        open_embedding(OpenAIEmbedding(provider="openai"), environ)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, f'{{"error": {{"message": "Incorrect API key: {KEY}"}}}}', "refused the key"),
        (400, f'{{"error": {{"message": "too long, {KEY}"}}}}', r"HTTP 400.*too long, \*\*\*"),
        (404, '{"error": {"message": "no such model"}}', "HTTP 404.*no such model"),
        (200, "not json", "answered what cannot be understood"),
        (200, "{}", "answered what cannot be understood"),
        (200, '{"data": []}', "answered what cannot be understood"),
        (200, '{"data": [{"embedding": null}]}', "0 vectors for 1 texts"),
        (200, "[]", "answered what cannot be understood"),
    ],
)
async def test_refusals(status: int, body: str, says: str) -> None:
    """A refusal or a senseless answer becomes one EmbeddingError that never holds the key."""
    async with serve(failures=[(status, body)]) as endpoint:
        embedding = opened(endpoint, api_key=SecretStr(KEY))
        with pytest.raises(EmbeddingError, match=says) as caught:
            await embedding.model.aget_query_embedding("hello")
        await embedding.aclose()
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


async def test_passing_trouble_is_tried_again() -> None:
    """A busy endpoint is asked again, twice and no more."""
    async with serve(failures=[(429, "{}"), (503, "{}")]) as endpoint:
        embedding = opened(endpoint)
        assert len(await embedding.model.aget_query_embedding("hello")) == 4
        endpoint.failures = [(500, "{}")] * 3
        with pytest.raises(EmbeddingError, match="HTTP 500"):
            await embedding.model.aget_query_embedding("hello")
        await embedding.aclose()
    assert len(endpoint.bodies) == 6


async def test_no_answer_in_time() -> None:
    """An endpoint that says nothing is given up after `timeout`, tries and all."""
    async with serve(silent=True) as endpoint:
        embedding = opened(endpoint, timeout=0.05)
        with pytest.raises(EmbeddingError, match=r"embedding\.timeout"):
            await embedding.model.aget_query_embedding("hello")
        await embedding.aclose()


async def test_cannot_be_reached() -> None:
    """An endpoint that is not there is named with its address."""
    async with serve() as endpoint:
        pass
    embedding = opened(endpoint)
    with pytest.raises(EmbeddingError, match=f"{endpoint.base_url}: cannot be reached"):
        await embedding.model.aget_query_embedding("hello")
    await embedding.aclose()


@pytest.mark.parametrize(
    ("vectors", "says"), [([[1.0] * 4], "1 vectors for 2 texts"), ([[1.0] * 3] * 2, "3 numbers, not 4")]
)
async def test_other_vectors_than_asked(vectors: list[list[float]], says: str) -> None:
    """Too few vectors, or vectors of another length than configured, never reach the index."""
    async with serve(vectors=vectors) as endpoint:
        embedding = opened(endpoint, dimensions=4)
        with pytest.raises(EmbeddingError, match=says):
            await embedding.model.aget_text_embedding_batch(["a", "b"])
        await embedding.aclose()


async def test_one_connection_closed_at_the_end() -> None:
    """Calls one after the other share a connection; aclose(), twice if need be, makes the model unusable."""
    async with serve() as endpoint:
        embedding = opened(endpoint)
        for _ in range(3):
            await embedding.model.aget_query_embedding("hello")
        assert endpoint.open == 1
        await embedding.aclose()
        await embedding.aclose()
        with pytest.raises(EmbeddingError, match="closed"):
            await embedding.model.aget_query_embedding("hello")


def test_synchronous_calls_are_refused() -> None:
    """There is no blocking path to an endpoint."""
    embedding = open_embedding(OpenAIEmbedding(provider="openai"), ENVIRON)
    with pytest.raises(EmbeddingError, match="asynchronous"):
        embedding.model.get_query_embedding("hello")


def test_no_tokenizer_is_fetched() -> None:
    """Opening an endpoint's model loads no tokenizer: tiktoken's would come over the network."""
    open_embedding(OpenAIEmbedding(provider="openai"), ENVIRON)
    assert "tiktoken" not in sys.modules
