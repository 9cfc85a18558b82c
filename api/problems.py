"""Errors before the stream, as RFC 9457 problem details with a stable code.

`PROBLEMS` is the one table from our errors to HTTP; docs/api.md explains every code in it, and a
test holds the two together.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas import Problem
from pipeline.errors import FingerpostError

log = logging.getLogger(__name__)

RETRY_AFTER = 30  # seconds; about as long as a small ingest or a provider's hiccup takes

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "malformed-json": (400, "The body is not JSON"),
    "invalid-request": (400, "The request is not of the right form"),
    "empty-question": (400, "The question is empty"),
    "unknown-version": (400, "There is no such version"),
    "unknown-language": (400, "There is no such language"),
    "unknown-message": (400, "There is no such message"),
    "wrong-key": (401, "The key is not known"),
    "key-required": (401, "A key is needed"),
    "origin-not-allowed": (403, "Pages of this site may not ask"),
    "challenge-required": (403, "A challenge is to be solved"),
    "challenge-unavailable": (503, "The challenge cannot be verified"),
    "not-found": (404, "There is no such route"),
    "memory-off": (404, "Votes are not kept"),
    "method-not-allowed": (405, "The route does not know this method"),
    "body-too-large": (413, "The body is too large"),
    "question-too-long": (413, "The question is too long"),
    "rate-limited": (429, "Too many requests"),
    "client-left": (499, "The client has left"),  # nginx's number; nobody is there to read it
    "internal": (500, "Something went wrong"),
    "model": (502, "The language model broke off"),
    "no-index": (503, "Nothing is indexed yet"),
    "stale-index": (503, "The index does not fit the configuration"),
    "config": (500, "The configuration cannot be used"),
    "store": (503, "The index cannot be reached"),
    "store-locked": (503, "The index is being written"),
    "memory": (503, "The vote could not be kept"),
    "unsupported": (500, "The store cannot do that"),
    "model-missing": (503, "The embedding model is not installed"),
    "site": (500, "The documentation cannot be read"),
    "embedding": (503, "The embedding model cannot be reached"),
    "model-unavailable": (503, "No language model answered"),
    "budget-spent": (503, "The budget for answers is spent"),
    "overloaded": (503, "Too many answers at once"),
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of a route's problems with these statuses."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


ERROR_RESPONSES = responses(400, 401, 403, 413, 429, 500, 502, 503)
"""Of a route that asks something."""


class TurnedAway(FingerpostError):
    """A caller may not ask, or not now.  `retry_after`: seconds until the same request is worth making.

    `more` are further members of the problem (RFC 9457, 3.2).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after: int | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        self.more = more or {}


def problem(
    code: str,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    *,
    retry_after: int | None = None,
    more: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """The response for `code`; 503 says when to come back, and so does what has `retry_after` (seconds)."""
    known = code if code in PROBLEMS else "internal"
    status, title = PROBLEMS[known]
    body: dict[str, Any] = {
        "type": f"urn:fingerpost:problem:{known}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": known,
        **(more or {}),
    }
    if errors is not None:
        body["errors"] = errors
    headers = {}
    if retry_after is not None or status == 503:
        headers["retry-after"] = str(retry_after or RETRY_AFTER)
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Every error that leaves `app` is a problem, and so does its OpenAPI document say."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        """FastAPI's document, but with our form of errors in place of its own (422), which none has."""
        document = described()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:  # else it was made before
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = Problem.model_json_schema()
            for operations in document["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI's manual shows
    app.add_exception_handler(FingerpostError, _ours)
    app.add_exception_handler(TurnedAway, _turned_away)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FingerpostError)
    response = problem(error.code, str(error))
    if response.status_code >= 500:
        log.error("%s %s: %s", request.method, request.url.path, error)
    return response


async def _turned_away(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TurnedAway)
    # Not logged: whoever floods the server should not flood the log as well.
    return problem(error.code, str(error), retry_after=error.retry_after, more=error.more)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return problem("malformed-json", f"the body cannot be read as JSON: {found[0]['ctx']['error']}")
    errors = [{"field": ".".join(str(p) for p in e["loc"][1:]), "message": e["msg"]} for e in found]
    listed = "; ".join(f"{e['field'] or 'body'}: {e['message']}" for e in errors[:5])
    return problem("invalid-request", listed, errors)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid-request")
    response = problem(code, f"{request.method} {request.url.path}: {error.detail}")
    response.headers.update(error.headers or {})  # `Allow`, with 405
    return response


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # Starlette logs the traceback; the client learns nothing of our insides.
    response = problem("internal", "the server met an error that it does not know; its log says more")
    if request_id := getattr(request.state, "request_id", ""):
        response.headers["x-request-id"] = request_id  # this handler stands outside of all middleware
    return response
