"""`POST /v1/feedback`: a reader's vote on an answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, StringConstraints

from api.limits import asking
from api.memory import Memory, Vote
from api.metrics import Metrics
from api.problems import problem, responses

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
    responses=responses(400, 401, 403, 404, 413, 429, 500, 503),
    dependencies=[Depends(asking)],
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
