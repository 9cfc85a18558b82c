"""The clients of the configured providers, and the order in which they are asked.

The only place where an OpenAI client for chat is made.  A provider that fails before its first token is
left for the next one; within one provider nothing is tried twice.
"""

import asyncio
import logging
import os
import ssl
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.config import LlmConfig
from pipeline.errors import ModelError, ProvidersExhausted
from pipeline.llm.failures import translated
from pipeline.llm.providers import Provider, usable_providers
from pipeline.llm.stream import ModelStream

if TYPE_CHECKING:  # a second to import: only where a client is made
    import httpx
    import openai

CONNECT_TIMEOUT = 5.0  # seconds, name look-up and TLS included
KEEPALIVE = 30.0  # seconds that an idle connection is kept for the next question
CONNECTIONS = 1000  # streams at once to one provider, as many as the SDK allows by default

log = logging.getLogger(__name__)


def open_llm(config: LlmConfig, environ: Mapping[str, str] = os.environ) -> "LanguageModel | None":
    """The language model that `config` describes; None when no provider has its key.

    No connection is made yet.  Raises ConfigError for an address or a header that cannot be used.
    """
    providers, notices = usable_providers(config, environ)
    if not providers:
        return None
    return LanguageModel(providers, notices)


class LanguageModel:
    """Writes answers, by whichever provider is the first to begin.

    `providers` are the names of those that are asked, in order; `notices` has one line for each that
    is left out.  It lives as long as the application, in one event loop; `aclose()` ends its connections.
    """

    def __init__(self, providers: tuple[Provider, ...], notices: tuple[str, ...] = ()) -> None:
        self.providers = tuple(provider.config.name for provider in providers)
        self.notices = notices
        self._endpoints = tuple(Endpoint(provider) for provider in providers)

    async def open(self, messages: list[dict[str, str]]) -> ModelStream:
        """The stream of an answer to `messages` (`role`, `content`), once its first token is there.

        Raises ProvidersExhausted, with one line for each provider, when none gives one.
        """
        failures: list[str] = []
        for endpoint in self._endpoints:
            try:
                return await endpoint.open(messages)
            except ModelError as error:
                log.warning("%s", error)
                failures.append(str(error))
        raise ProvidersExhausted(failures)

    async def aclose(self) -> None:
        """Closes every client; streams that are still open break off."""
        for endpoint in self._endpoints:
            await endpoint.aclose()


class Endpoint:
    """One provider with its client."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._client = _client(provider)

    async def open(self, messages: list[dict[str, str]]) -> ModelStream:
        """A stream with its first token.  Raises ModelError, whatever the provider did."""
        limit = self._provider.config.timeout
        try:
            async with asyncio.timeout(limit):
                stream = ModelStream(self._provider, await self._ask(messages))
                await stream.begin()
        except Exception as error:  # noqa: BLE001 the table knows the foreign ones, others rise as they are
            raise translated(error, self._provider, f"no first token within {limit:g} s") from None
        return stream

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(self, messages: list[dict[str, str]]) -> "httpx.Response":
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
        # Entered and not left: leaving it closes the response, which is ModelStream's to do.
        asked = self._client.chat.completions.with_streaming_response.create(**arguments)
        body: httpx.Response = (await asked.__aenter__()).http_response
        return body


def _client(provider: Provider) -> "openai.AsyncOpenAI":
    """The SDK's client: no retries, aiohttp below it, and nothing from the environment for other hosts."""
    import httpx
    import openai

    client = openai.AsyncOpenAI(
        api_key=provider.key,
        admin_api_key="",  # else OPENAI_ADMIN_KEY is read
        base_url=provider.base_url,
        max_retries=0,
        default_headers=_headers(provider),
        http_client=openai.DefaultAioHttpClient(
            verify=_certificates(),
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT),
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
