"""One provider: its client, the only OpenAI client for chat in the project, and how one question is put to it.

Who is asked, in which order and how often, is `language_model`'s.
"""

import asyncio
import logging
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.errors import ProviderFailed
from pipeline.llm.failures import translated
from pipeline.llm.health import Attempt, Health
from pipeline.llm.providers import Provider
from pipeline.llm.stream import ModelStream
from pipeline.models import Usage

if TYPE_CHECKING:  # a second to import: only where a client is made
    import httpx
    import openai

KEEPALIVE = 30.0  # seconds that an idle connection is kept for the next question
CONNECTIONS = 1000  # streams at once to one provider, as many as the SDK allows by default
RESTING = "resting"
"""The kind of a failure that is none: the provider was not asked."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProviderState:
    """How a provider is: `resting` seconds it will not be asked, 0 when it may be.

    `last_failure` is the kind of its last failure since the start, "" when there was none.
    """

    name: str
    model: str
    resting: float
    last_failure: str


class Endpoint:
    """One provider with its client and its health.  `told` is called as `LanguageModel.on_failure` says."""

    def __init__(self, provider: Provider, health: Health, max_chars: int) -> None:
        self.name = provider.config.name
        self.told: Callable[[str, str], None] = lambda name, kind: None
        self._provider = provider
        self._health = health
        self._max_chars = max_chars
        self._client = _client(provider)

    @property
    def state(self) -> ProviderState:
        """How it is now."""
        health = self._health
        return ProviderState(self.name, self._provider.config.model, health.resting, health.last_failure)

    async def open(self, messages: list[dict[str, str]], deadline: float, guess: Usage) -> ModelStream:
        """A stream with its first token, by `deadline` (the loop's time).

        Raises ProviderFailed, whatever the provider did; of the kind RESTING when it was not asked.
        """
        attempt = self._health.attempt()
        if attempt is None:
            raise ProviderFailed(f"{self.name}: rests", RESTING, self._health.asked_off)
        try:
            stream = await self._begun(messages, deadline, guess)
        except ProviderFailed as error:
            log.warning("%s", error)
            self._over(attempt, error)
            raise
        except BaseException:
            attempt.over()
            raise
        attempt.began()
        stream.on_end.append(lambda: self._over(attempt, stream.failure, whole=stream.whole))
        return stream

    async def aclose(self) -> None:
        await self._client.close()

    def _over(self, attempt: Attempt, failure: ProviderFailed | None, *, whole: bool = False) -> None:
        resting = self._health.resting
        attempt.over(failure, whole=whole)
        if failure is not None:
            self.told(self.name, failure.kind)
        if not resting and self._health.resting:
            log.warning("%s: rests for %.0f s", self.name, self._health.resting)

    async def _begun(self, messages: list[dict[str, str]], deadline: float, guess: Usage) -> ModelStream:
        own = self._provider.config.timeout
        limit = max(0.0, min(own, deadline - asyncio.get_running_loop().time()))
        try:
            async with asyncio.timeout(limit):
                body = await self._ask(messages)
                stream = ModelStream(self._provider, body, max_chars=self._max_chars, guess=guess)
                await stream.begin()
        except Exception as error:  # noqa: BLE001 the table knows the foreign ones, others rise as they are
            failure = translated(error, self._provider, f"no first token within {limit:.3g} s")
            if limit < own and isinstance(failure, ProviderFailed) and failure.kind == "timeout":
                failure.kind = "hurried"
            raise failure from None
        return stream

    async def _ask(self, messages: list[dict[str, str]]) -> "httpx.Response":
        import httpx

        config = self._provider.config
        arguments: dict[str, Any] = {
            "model": config.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if config.temperature is not None:
            arguments["temperature"] = config.temperature
        if config.max_tokens is not None:
            arguments["max_tokens"] = config.max_tokens
        # The SDK's door for what it has no method for: `chat.completions.create` looks at every message of the
        # request anew (a tenth of an answer's CPU time), and reads the response into objects.
        body: httpx.Response = await self._client.post(
            "/chat/completions",
            cast_to=httpx.Response,
            content=orjson.dumps(arguments),
            stream=True,
            options={"security": {"bearer_auth": True}},
        )
        return body


def _client(provider: Provider) -> "openai.AsyncOpenAI":
    """The SDK's client: no retries, aiohttp below it, and nothing from the environment for other hosts."""
    import httpx
    import openai

    connect = provider.config.connect_timeout  # name look-up and TLS included
    client = openai.AsyncOpenAI(
        api_key=provider.key,
        admin_api_key="",  # else OPENAI_ADMIN_KEY is read
        base_url=provider.base_url,
        max_retries=0,
        default_headers=_headers(provider),
        http_client=openai.DefaultAioHttpClient(
            verify=_certificates(),
            timeout=httpx.Timeout(None, connect=connect, pool=connect),
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEPALIVE),
            follow_redirects=False,  # the key and the question go to the address that was configured
            event_hooks={"response": [_read_error]},
        ),
    )
    if not provider.is_openai:
        client.organization = client.project = None  # OPENAI_ORG_ID and OPENAI_PROJECT_ID are OpenAI's
    # The SDK looks its platform up and imports half of itself at the first request: now, not then.
    _ = client.default_headers, client.chat.completions
    return client


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates, read once for all clients: that takes 30 ms."""
    import httpx

    return httpx.create_ssl_context()


def _headers(provider: Provider) -> dict[str, Any]:
    """The provider's own headers; those that the SDK takes from OPENAI_CUSTOM_HEADERS go to OpenAI only."""
    import openai

    if provider.is_openai:
        return dict(provider.config.headers)
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    foreign = {line.partition(":")[0].strip(): openai.Omit() for line in lines if ":" in line}
    return {**foreign, "Authorization": f"Bearer {provider.key}", **provider.config.headers}


async def _read_error(response: "httpx.Response") -> None:
    """Reads an error's body here, where httpx closes it when it is interrupted; the SDK would not."""
    if not response.is_success:
        await response.aread()
