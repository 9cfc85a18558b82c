"""Puts the errors of openai, httpx, aiohttp and the sockets below them into our words: one table.

The words never hold a foreign message: it may repeat the key or the question.
"""

import ssl
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pipeline.errors import ProviderFailed
from pipeline.llm.providers import Provider
from pipeline.llm.wire import code_of
from pipeline.waiting import retry_after

Words = str | Callable[[Any, Provider], str]
LATE = "{late}"
NOT_SECURE = "no secure connection: its certificate or its TLS is not accepted"

STATUS = {
    400: ("request", "does not take the request: check the model and its settings"),
    401: ("key", "check {key}"),
    402: ("credit", "no credit left"),
    403: ("forbidden", "not allowed: check {key}"),
    404: ("not-found", "check base_url and model"),
    408: ("server", "it gave up waiting"),
    413: ("request", "the request is too large"),
    422: ("request", ""),
    429: ("rate-limit", "too many requests, or no quota left"),
}
"""What a status means: the kind of the failure, and what to do."""
OUT_OF_CREDIT = "insufficient_quota"  # OpenAI's code for it, with the status 429


@cache
def _table() -> tuple[tuple[type[BaseException], str, Words], ...]:
    """What an error is and means, the most telling first.  openai takes a second to import: not before it is used.

    The transport between aiohttp and httpx calls every lost or refused connection a timeout, so the rows
    look at what aiohttp said, deep in the chain of causes, before what httpx and openai made of it.
    """
    import aiohttp
    import httpx
    import openai

    return (
        (openai.APIStatusError, "server", _status),
        (aiohttp.ClientConnectorDNSError, "dns", "its host is not known"),
        (aiohttp.ClientSSLError, "tls", NOT_SECURE),
        (ssl.SSLError, "tls", NOT_SECURE),
        (aiohttp.ConnectionTimeoutError, "connect", "no connection in time"),
        (aiohttp.ClientConnectorError, "connect", "no connection"),
        (aiohttp.ClientResponseError, "garbage", "did not answer in HTTP"),
        (aiohttp.ClientPayloadError, "connection", "the connection broke off"),
        (aiohttp.ServerDisconnectedError, "connection", "the connection broke off"),
        (ConnectionError, "connection", "the connection broke off"),
        (aiohttp.ClientOSError, "connection", "the connection broke off"),
        (httpx.DecodingError, "garbage", "sent bytes that cannot be unpacked"),
        (TimeoutError, "timeout", LATE),
        (httpx.TimeoutException, "timeout", LATE),
        (aiohttp.ClientError, "connection", "the connection failed"),
        (httpx.HTTPError, "connection", "the connection failed"),
        (httpx.StreamError, "connection", "the connection failed"),
        (openai.OpenAIError, "other", "could not be asked"),
        (OSError, "connection", "the connection failed"),
        (
            RuntimeError,
            "connection",
            "the connection is closed",
        ),  # aiohttp, when its session was closed before
    )


def translated(error: Exception, provider: Provider, late: str) -> Exception:
    """`error` as a ProviderFailed that names the provider; itself when it is no foreign one.

    `late` says what a timeout means at this point, such as "no first token within 20 s".
    """
    links = list(_causes(error))
    for kind, name, words in _table():
        for link in links:
            if isinstance(link, kind):
                said = words(link, provider) if callable(words) else words
                said = f"{provider.config.name}: {late if said is LATE else said}"
                return ProviderFailed(said, *(_of_status(link) if words is _status else (name, None)))
    return error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _status(error: Any, provider: Provider) -> str:
    """The status and what to do: 401 (check OPENAI_API_KEY); with the provider's own code word, if any."""
    status = error.status_code
    hint = "it moved: check base_url" if 300 <= status < 400 else STATUS.get(status, ("", ""))[1]
    hint = hint.format(key=provider.key_hint)
    code = code_of(error.body).strip(" ()")
    known = ", ".join(part for part in (hint, code) if part and part != str(status))
    return f"{status} ({known})" if known else str(status)


def _of_status(error: Any) -> tuple[str, float | None]:
    """The kind of a failure with a status, and the seconds of its `Retry-After`."""
    status = error.status_code
    if OUT_OF_CREDIT in code_of(error.body):
        return "credit", None
    kind = "not-found" if 300 <= status < 400 else STATUS.get(status, ("",))[0]
    kind = kind or ("server" if status >= 500 else "request")
    return kind, retry_after(error.response.headers) if status == 429 or status >= 500 else None
