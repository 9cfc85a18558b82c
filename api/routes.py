"""The routes.  Each validates, hands on to the pipeline, and writes what comes back."""

from collections.abc import AsyncIterator, Iterable
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from api.callers import Caller
from api.limits import Budget, asking, place_for, unless_left
from api.problems import ERROR_RESPONSES
from api.schemas import (
    AnswerOut,
    ChatRequest,
    Health,
    SearchRequest,
    SearchResponse,
    SearchResult,
)
from api.wire import EVENTS, STREAM_HEADERS, ui_message_stream, whole
from pipeline.answering import Answer
from pipeline.bootstrap import Pipeline
from pipeline.errors import FingerpostError
from pipeline.models import Hit, Question

router = APIRouter()


async def pipeline_of(request: Request) -> Pipeline:
    """The pipeline that the application opened when it started.

    Async, because FastAPI runs any other dependency in a thread.
    """
    pipeline: Pipeline = request.app.state.pipeline
    return pipeline


async def open_answer(
    request: Request,
    body: ChatRequest,
    caller: Annotated[Caller, Depends(asking)],
    pipeline: Annotated[Pipeline, Depends(pipeline_of)],
) -> AsyncIterator[Answer]:
    """The answer on its way.

    A dependency, because what fails here still gets its proper status, and because it is closed
    both when the stream has been read and when the client has hung up.  The place at the gate is
    held as long as the answer.
    """
    async with place_for(request):
        answer = await pipeline.assistant.answer(body.question())
        try:
            yield answer
        finally:
            await answer.aclose()


@router.post(
    "/v1/chat",
    summary="Ask a question",
    response_model=AnswerOut,
    responses={
        200: {
            "description": "The answer: an AI SDK UI message stream (v1), or one JSON object when "
            "`Accept` is `application/json`",
            "content": EVENTS,
        },
        **ERROR_RESPONSES,
    },
)
async def chat(request: Request, answer: Annotated[Answer, Depends(open_answer)]) -> Response:
    accept = request.headers.get("accept", "")
    if "application/json" in accept and "text/event-stream" not in accept:
        return JSONResponse((await unless_left(request, whole(answer))).model_dump())
    return StreamingResponse(
        ui_message_stream(answer), media_type="text/event-stream", headers=STREAM_HEADERS
    )


@router.post("/v1/search", summary="Find sections", responses=ERROR_RESPONSES, dependencies=[Depends(asking)])
async def search(body: SearchRequest, pipeline: Annotated[Pipeline, Depends(pipeline_of)]) -> SearchResponse:
    return found(await pipeline.assistant.search(Question(body.query, scope=body.filter.scope()), body.limit))


def found(hits: Iterable[Hit]) -> SearchResponse:
    """Hits as clients see them."""
    return SearchResponse(
        results=[
            SearchResult(
                url=hit.url,
                title=hit.title,
                breadcrumbs=list(hit.breadcrumbs),
                text=hit.text,
                score=hit.score,
                version=hit.version,
                language=hit.locale,
            )
            for hit in hits
        ]
    )


@router.get("/healthz", summary="Is the server alive?")
async def healthz() -> Health:
    return Health(status="ok")


@router.get("/readyz", summary="Can it answer?", responses={503: {"model": Health}})
async def readyz(request: Request, pipeline: Annotated[Pipeline, Depends(pipeline_of)]) -> Response:
    parts = {"index": _index(pipeline), "model": _model(pipeline)}
    if (budget := request.app.state.budget) is not None:
        parts["budget"] = _budget(budget, pipeline)
    ready = all(part["ok"] for part in parts.values())
    health = Health(status="ok" if ready else "unavailable", parts=parts)
    return JSONResponse(health.model_dump(), 200 if ready else 503)


def _index(pipeline: Pipeline) -> dict[str, Any]:
    try:
        served = pipeline.index.served
    except FingerpostError as error:
        return {"ok": False, "code": error.code, "detail": str(error)}
    return {
        "ok": True,
        "revision": served.manifest.revision,
        "created": served.manifest.created,
        "pages": served.pages,
        "versions": list(served.version_names),
        "languages": list(served.locales),
    }


def _model(pipeline: Pipeline) -> dict[str, Any]:
    offline = pipeline.config.llm.offline
    if pipeline.llm is None:
        return {"ok": offline == "extractive", "mode": offline, "providers": []}
    states = pipeline.llm.providers
    awake = any(not state.resting for state in states)
    listed = [
        {"name": state.name, "resting": ceil(state.resting), "lastFailure": state.last_failure}
        for state in states
    ]
    return {"ok": awake or offline == "extractive", "mode": "model", "providers": listed}


def _budget(budget: Budget, pipeline: Pipeline) -> dict[str, Any]:
    """Whether there is money for a model.  How much is for the owner, in /metrics."""
    account = budget.account
    without = pipeline.config.llm.offline == "extractive"
    return {"ok": not account.spent or without, "known": account.known, "spent": account.spent}
