"""Routes beside the answers: a reader's vote, and the figures for Prometheus."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, StringConstraints

from api.memory import Memory, Vote
from api.metrics import CONTENT_TYPE, Metrics
from api.problems import ERROR_RESPONSES, problem
from pipeline.bootstrap import Pipeline
from pipeline.errors import FingerpostError

router = APIRouter()

Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class FeedbackRequest(BaseModel):
    """A vote on an answer: `thumbs` 1 up, 0 down.  A second one takes the place of the first."""

    messageId: str = Field(max_length=200)  # noqa: N815 the name on the wire
    thumbs: Literal[0, 1]
    tags: list[Tag] = Field(default_factory=list, max_length=10)
    notes: str | None = Field(default=None, max_length=2_000)


def memory_of(request: Request) -> Memory | None:
    """The memory that the application opened, None when it is switched off."""
    memory: Memory | None = request.app.state.memory
    return memory


@router.post(
    "/v1/feedback",
    summary="Vote on an answer",
    status_code=204,
    response_class=Response,
    responses={**ERROR_RESPONSES, 404: ERROR_RESPONSES[400]},
)
async def feedback(
    body: FeedbackRequest, request: Request, memory: Annotated[Memory | None, Depends(memory_of)]
) -> Response:
    if memory is None:
        return problem("memory-off", "this server keeps no votes: api.memory.enabled is false")
    await memory.vote(body.messageId, Vote(body.thumbs, tuple(body.tags), body.notes or ""))
    metrics: Metrics = request.app.state.metrics
    metrics.votes.labels("up" if body.thumbs else "down").inc()
    return Response(status_code=204)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    pipeline: Pipeline = request.app.state.pipeline
    figures: Metrics = request.app.state.metrics
    return Response(figures.exposition(lambda: _served(pipeline)), media_type=CONTENT_TYPE)


def _served(pipeline: Pipeline) -> tuple[str, int] | None:
    try:
        served = pipeline.index.served
    except FingerpostError:
        return None
    return served.manifest.revision, served.pages
