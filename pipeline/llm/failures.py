"""Puts the errors of openai, httpx, aiohttp and the sockets below them into our words: one table.

The words never hold a foreign message: it may repeat the key or the question.
"""

import ssl
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pipeline.errors import ModelError
from pipeline.llm.providers import Provider
from pipeline.llm.wire import code_of

Words = str | Callable[[Any, Provider], str]
LATE = "{late}"

STATUS = {
    400: "does not take the request: check the model and its settings",
    401: "check {key}",
    402: "no credit left",
    403: "not allowed: check {key}",
    404: "check base_url and model",
    408: "it gave up waiting",
    413: "the request is too large",
    429: "too many requests, or no quota left",
}


@cache
def _table() -> tuple[tuple[type[BaseException], Words], ...]:
    """What an error means, the most telling first.  openai takes a second to import: not before it is used.

    The transport between aiohttp and httpx calls every lost or refused connection a timeout, so the rows
    look at what aiohttp said, deep in the chain of causes, before what httpx and openai made of it.
    """
    import aiohttp
    import httpx
    import openai

    return (
        (openai.APIStatusError, _status),
        (aiohttp.ClientConnectorDNSError, "its host is not known"),
        (aiohttp.ClientSSLError, "no secure connection: its certificate or its TLS is not accepted"),
        (ssl.SSLError, "no secure connection: its certificate or its TLS is not accepted"),
        (aiohttp.ConnectionTimeoutError, "no connection in time"),
        (aiohttp.ClientConnectorError, "no connection"),
        (aiohttp.ClientResponseError, "did not answer in HTTP"),
        (aiohttp.ClientPayloadError, "the connection broke off"),
        (aiohttp.ServerDisconnectedError, "the connection broke off"),
        (ConnectionError, "the connection broke off"),
        (aiohttp.ClientOSError, "the connection broke off"),
        (httpx.DecodingError, "sent bytes that cannot be unpacked"),
        (TimeoutError, LATE),
        (httpx.TimeoutException, LATE),
        (aiohttp.ClientError, "the connection failed"),
        (httpx.HTTPError, "the connection failed"),
        (httpx.StreamError, "the connection failed"),
        (openai.OpenAIError, "could not be asked"),
        (OSError, "the connection failed"),
        (RuntimeError, "the connection is closed"),  # aiohttp, asked to read after its session was closed
    )


def translated(error: Exception, provider: Provider, late: str) -> Exception:
    """`error` as a ModelError that names the provider; itself when it is no foreign one.

    `late` says what a timeout means at this point, such as "no first token within 20 s".
    """
    links = list(_causes(error))
    for kind, words in _table():
        for link in links:
            if isinstance(link, kind):
                said = words(link, provider) if callable(words) else words
                return ModelError(f"{provider.config.name}: {late if said is LATE else said}")
    return error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _status(error: Any, provider: Provider) -> str:
    """The status and what to do: 401 (check OPENAI_API_KEY); with the provider's own code word, if any."""
    status = error.status_code
    hint = "it moved: check base_url" if 300 <= status < 400 else STATUS.get(status, "")
    hint = hint.format(key=provider.key_hint)
    code = code_of(error.body).strip(" ()")
    known = ", ".join(part for part in (hint, code) if part and part != str(status))
    return f"{status} ({known})" if known else str(status)
