"""Provider `openai`: OpenAI's embeddings endpoint, or any that speaks its language.

LlamaIndex's OpenAIEmbedding asks, through one client of the OpenAI SDK that is made here.  The SDK's
and its HTTP client's errors become EmbeddingError here, and nowhere else.
"""

import asyncio
import logging
import time
from array import array
from base64 import b64decode
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.embeddings.openai import OpenAIEmbedding as LlamaIndexEmbedding
from llama_index.embeddings.openai.base import aget_embeddings
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAioHttpClient,
    InternalServerError,
    Omit,
    OpenAIError,
    RateLimitError,
)

from pipeline.config import OpenAIEmbedding
from pipeline.embedding.base import Embedding, FromLlamaIndex
from pipeline.embedding.pace import Pace
from pipeline.errors import EmbeddingError
from pipeline.waiting import retry_after

OPENAI = "https://api.openai.com/v1"

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
"""Of OpenAI's own models, from https://platform.openai.com/docs/guides/embeddings."""

ATTEMPTS_MORE = 2
"""The SDK's own default; it waits as long as a Retry-After header says, up to a minute."""

NO_KEY = {"extra_headers": {"Authorization": Omit()}}
"""Sent with each call, as the SDK lets the header go in no other way."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Seconds until an ingest asks a busy endpoint again that does not say how long; doubled each time."""

Vector = list[float]
log = logging.getLogger(__name__)


def open_openai(config: OpenAIEmbedding, environ: Mapping[str, str]) -> Embedding:
    """The endpoint's model; nothing is sent yet.

    OPENAI_API_KEY goes to api.openai.com and nowhere else: another `base_url` gets `api_key`, or none.
    Raises EmbeddingError when OpenAI's own endpoint lacks its key.
    """
    base_url = config.base_url or OPENAI
    own = _is_openai(base_url)
    key = config.api_key.get_secret_value() if config.api_key else ""
    if own and not key:
        key = environ.get("OPENAI_API_KEY", "")
        if not key:
            raise EmbeddingError(
                "embedding.provider is openai and there is no key: set OPENAI_API_KEY in the environment, "
                "or use `provider: local`, which needs none"
            )
    dimensions = config.dimensions or (DIMENSIONS.get(config.model) if own else None)
    client = _client(config, base_url, key, own=own)
    model = EndpointEmbedding(client=client, key=key, config=config, base_url=base_url, expected=dimensions)
    name = f"openai/{config.model}" + (f"/{config.dimensions}" if config.dimensions else "")
    return Embedding(FromLlamaIndex(model), name, dimensions, client.close)


def _is_openai(base_url: str) -> bool:
    parts = urlsplit(base_url)
    return parts.scheme == "https" and parts.hostname == "api.openai.com"


def _client(config: OpenAIEmbedding, base_url: str, key: str, *, own: bool) -> AsyncOpenAI:
    # The SDK reads organisation and project from the process's environment when it is given none.
    # Another endpoint than OpenAI's must see nothing of them, so they are left out by name.
    headers: dict[str, Any] = {} if own else {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
    return AsyncOpenAI(
        api_key=key or "none",  # without one it would read OPENAI_API_KEY; see NO_KEY
        base_url=base_url,
        timeout=config.timeout,
        max_retries=ATTEMPTS_MORE,
        default_headers=headers,
        http_client=DefaultAioHttpClient(timeout=config.timeout),
    )


class EndpointEmbedding(LlamaIndexEmbedding):
    """LlamaIndex's embedding over a client of ours: asynchronous only, any model name.

    Raises EmbeddingError when the endpoint refuses, cannot be reached, or answers other vectors than asked.
    """

    _key: str = PrivateAttr()
    _expected: int | None = PrivateAttr()
    _pace: Pace = PrivateAttr()
    _batch_size: int = PrivateAttr()
    _patience: float = PrivateAttr()
    _options: Any = PrivateAttr()

    def __init__(
        self, *, client: AsyncOpenAI, key: str, config: OpenAIEmbedding, base_url: str, expected: int | None
    ) -> None:
        super().__init__(
            model_name=config.model,  # `model` admits only the names that LlamaIndex knows
            dimensions=config.dimensions,
            additional_kwargs={} if key else dict(NO_KEY),
            api_base=base_url,
            api_key="",  # the client has it; here it would be shown by repr()
            timeout=config.timeout,
            max_retries=0,  # the client tries again, and twice over would be minutes
            embed_batch_size=2048,  # all texts of a call at once, LlamaIndex's limit; batches are made here
        )
        self._pace = Pace(config.concurrency, config.requests_per_minute, config.tokens_per_minute)
        self._batch_size = config.batch_size
        self._patience = config.patience
        self._aclient = client
        self._key = key
        self._options = {
            "security": {"bearer_auth": True},
            "headers": NO_KEY["extra_headers"] if not key else {},
        }
        self._expected = expected

    @classmethod
    def class_name(cls) -> str:
        return "EndpointEmbedding"

    def _get_client(self) -> Any:
        raise EmbeddingError("an endpoint's model is asynchronous: call aget_query_embedding and the like")

    def _get_aclient(self) -> AsyncOpenAI:
        client = super()._get_aclient()
        if client.is_closed():  # else the HTTP client would open a session anew, which nobody closes
            raise EmbeddingError("the embedding model has been closed")
        return client

    async def _aget_query_embedding(self, query: str) -> Vector:
        return (await self._checked(self._asked(query), 1))[0]

    async def _aget_text_embedding(self, text: str) -> Vector:
        return (await self._checked(self._one(super()._aget_text_embedding(text)), 1))[0]

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Vector]:
        """The texts of an ingest: in batches, several at once, with patience for a busy endpoint."""
        batches = [texts[i : i + self._batch_size] for i in range(0, len(texts), self._batch_size)]
        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(self._checked(self._batch(b), len(b))) for b in batches]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None  # the first says why; the others were ended for it
        return [vector for task in asked for vector in task.result()]

    async def _batch(self, texts: list[str]) -> list[Vector]:
        """One request, again and again while the endpoint is busy and the patience lasts."""
        client = self._get_aclient().with_options(max_retries=0)  # one waits for all: see Pace.rest
        deadline = time.monotonic() + self._patience
        wait = FIRST_WAIT
        while True:
            async with self._pace.turn(sum(map(len, texts))):
                try:
                    return await aget_embeddings(
                        client, texts, engine=self._text_engine, **self.additional_kwargs
                    )
                except (RateLimitError, InternalServerError, APIConnectionError) as error:
                    asked = retry_after(error.response.headers) if isinstance(error, APIStatusError) else None
                    rest = wait if asked is None else asked
                    if _is_out_of_credit(error) or time.monotonic() + rest > deadline:
                        raise
                    log.warning("the embedding endpoint is busy; asking again in %.3g s", rest)
                    self._pace.rest(rest)
                    wait = min(2 * wait, LONGEST_WAIT)

    async def _asked(self, query: str) -> list[Vector]:
        """As `embeddings.create`, without its objects and LlamaIndex's second retry around it: a question waits."""
        body: dict[str, Any] = {"model": self.model_name, "input": [query], "encoding_format": "base64"}
        if self.dimensions:
            body["dimensions"] = self.dimensions
        response = await self._get_aclient().post(
            "/embeddings", cast_to=httpx.Response, body=body, options=self._options
        )
        return [_numbers(orjson.loads(response.content)["data"][0]["embedding"])]

    async def _one(self, asked: Awaitable[Vector]) -> list[Vector]:
        return [await asked]

    async def _checked(self, asked: Awaitable[list[Vector]], count: int) -> list[Vector]:
        with _translated(self.model_name, self.api_base or "", self._key):
            vectors = await asked
        if len(vectors) != count or not all(vectors):
            raise EmbeddingError(
                f"{self.model_name} answered {sum(map(bool, vectors))} vectors for {count} texts"
            )
        lengths = {len(vector) for vector in vectors}
        if self._expected and lengths != {self._expected}:
            raise EmbeddingError(
                f"{self.model_name} answers vectors of {lengths.pop()} numbers, not {self._expected}: "
                "set embedding.dimensions to what it answers"
            )
        return vectors


def _numbers(embedding: str | Vector) -> Vector:
    """A vector as it comes: base64 of 32-bit floats, or, from servers that know no other form, numbers."""
    if isinstance(embedding, str):
        return array("f", b64decode(embedding)).tolist()
    return embedding


def _is_out_of_credit(error: OpenAIError) -> bool:
    """OpenAI says so with the status of a rate limit, and no waiting helps."""
    return getattr(error, "code", None) == "insufficient_quota"


@contextmanager
def _translated(model: str, base_url: str, key: str) -> Iterator[None]:
    """Foreign errors as EmbeddingError.  Their tracebacks are cut off: an endpoint may echo the key."""
    try:
        yield
    except (
        OpenAIError,
        httpx.HTTPError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        # After the first two: what the SDK and LlamaIndex raise over an answer of an unexpected form.
        message = f"embedding model {model} at {base_url}: {_reason(error)}"
        raise EmbeddingError(message.replace(key, "***") if key else message) from None


def _reason(error: Exception) -> str:
    match error:
        case APIConnectionError() if isinstance(_root(error), TimeoutError):
            return "no answer in time; embedding.timeout sets how long to wait"
        case APIConnectionError():
            return f"cannot be reached ({_root(error)})"
        case APIStatusError(status_code=401 | 403):
            return f"refused the key (HTTP {error.status_code}): check OPENAI_API_KEY or embedding.api_key"
        case APIStatusError():
            return f"HTTP {error.status_code}: {error.message}"
        case OpenAIError() | httpx.HTTPError():
            return str(error) or type(error).__name__
        case _:
            return f"answered what cannot be understood ({error})"


def _root(error: BaseException) -> BaseException:
    """What aiohttp raised: httpx-aiohttp calls a refused connection a timeout, and the SDK believes it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
