"""`GET /v1/insights`: what readers ask and do not find, for the owner's page and for programs."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict

from api.memory import Memory
from api.memory.reading import Insights
from api.owner.access import owner
from api.owner.drafts import drafts
from api.problems import TurnedAway, responses
from api.routes import pipeline_of
from pipeline.bootstrap import Pipeline
from pipeline.errors import FingerpostError
from pipeline.records import read_addresses

log = logging.getLogger(__name__)

router = APIRouter(
    prefix="/v1/insights",
    dependencies=[Depends(owner)],
    responses=responses(400, 401, 404, 429, 500, 503),
)

Days = Annotated[int, Query(ge=1, le=3650, description="how far back")]


Moment = Annotated[datetime, BeforeValidator(lambda moment: moment.replace(tzinfo=UTC))]
"""The memory's times are UTC without saying so; on the wire they say it (RFC 3339)."""


class Out(BaseModel):
    """Made from the nouns of the memory."""

    model_config = ConfigDict(from_attributes=True)


class AskedOut(Out):
    """Questions that differ only in case and punctuation; the newest wording."""

    question: str
    times: int
    last_asked: Moment
    version: str
    language: str
    tags: list[str]
    notes: list[str]


class TokensOut(Out):
    """What one model read and wrote, and what that cost in the currency of `llm.providers[].price`."""

    model: str
    answers: int
    prompt: int
    completion: int
    cost: float


class ProviderOut(Out):
    """A provider as it stands in the process that was asked: it is not asked for `resting` seconds."""

    name: str
    resting: float


class InsightsOut(Out):
    """A window of days, up to now.

    `per_day` and `cited_pages` are pairs with a count of answers.  `unfound_pages` is null when the
    index cannot be read; `providers` and `revision` tell of the process that was asked.
    """

    since: Moment
    questions: int
    clients: int
    per_day: list[tuple[str, int]]
    endings: dict[str, int]
    votes_up: int
    votes_down: int
    refused: list[AskedOut]
    down_voted: list[AskedOut]
    cited_pages: list[tuple[str, int]]
    tokens: list[TokensOut]
    unfound_pages: list[str] | None = None
    providers: list[ProviderOut] = []
    revision: str = ""
    words_kept: bool = True


async def found(request: Request, days: Days = 30) -> Insights:
    """Dependency: the window that is asked for.  Raises TurnedAway `memory-off`, MemoryUnavailable."""
    memory: Memory | None = request.app.state.memory
    if memory is None:
        raise TurnedAway("memory-off", "nothing is remembered: api.memory.enabled is false")
    return await memory.insights(days)


Found = Annotated[Insights, Depends(found)]


@router.get("", summary="What readers ask and do not find", response_model=InsightsOut)
async def insights(found: Found, pipeline: Annotated[Pipeline, Depends(pipeline_of)]) -> Response:
    more: dict[str, Any] = {"words_kept": pipeline.config.api.memory.log_questions}
    if pipeline.llm is not None:
        more["providers"] = [ProviderOut.model_validate(state) for state in pipeline.llm.providers]
    try:
        served = pipeline.index.served
        more["revision"] = served.manifest.revision
        pages = await read_addresses(served.generation)
        more["unfound_pages"] = sorted(set(pages) - set(found.found_pages))
    except FingerpostError as error:
        log.warning("pages that no question found are not known: %s", error)
    # In a thread, as it is read: thousands of questions would keep answers waiting.
    return Response(await asyncio.to_thread(_written, found, more), media_type="application/json")


def _written(found: Insights, more: dict[str, Any]) -> str:
    return InsightsOut.model_validate(found).model_copy(update=more).model_dump_json()


@router.get(
    "/drafts",
    summary="Refused and down-voted questions as drafts of eval cases",
    response_class=Response,
    responses={200: {"description": "One case a line", "content": {"application/x-ndjson": {}}}},
)
async def drafted(found: Found) -> Response:
    lines = b"".join(orjson.dumps(case) + b"\n" for case in drafts(found))
    name = {"content-disposition": 'attachment; filename="drafts.jsonl"'}
    return Response(lines, media_type="application/x-ndjson", headers=name)
