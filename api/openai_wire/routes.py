"""The routes that clients of OpenAI's API call.  What such a client may ask is `schemas`."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from api.callers import Caller, caller_of
from api.limits import asking, place_for, unless_left
from api.openai_wire.chunks import HEADERS, completion, completion_stream
from api.openai_wire.schemas import ERRORS, MODEL, Completion, CompletionRequest, ModelList, ModelOut
from api.routes import pipeline_of
from api.wire import EVENTS
from pipeline.answering import Answer
from pipeline.bootstrap import Pipeline

router = APIRouter(prefix="/v1", responses=ERRORS)


async def open_completion(
    request: Request,
    body: CompletionRequest,
    caller: Annotated[Caller, Depends(asking)],
    pipeline: Annotated[Pipeline, Depends(pipeline_of)],
) -> AsyncIterator[Answer]:
    """The answer on its way; closed when the stream has been read, or the client has hung up."""
    _check_model(body.model)
    async with place_for(request):
        answer = await pipeline.assistant.answer(body.question())
        try:
            yield answer
        finally:
            await answer.aclose()


@router.post(
    "/chat/completions",
    summary="Ask a question in OpenAI's form",
    response_model=Completion,
    responses={
        200: {
            "description": "The answer: with `stream`, `chat.completion.chunk` events; else one object",
            "content": EVENTS,
        }
    },
)
async def chat_completions(
    request: Request, body: CompletionRequest, answer: Annotated[Answer, Depends(open_completion)]
) -> Response:
    if not body.stream:
        return JSONResponse((await unless_left(request, completion(answer))).model_dump())
    return StreamingResponse(
        completion_stream(answer, counts=body.counts), media_type="text/event-stream", headers=HEADERS
    )


@router.get("/models", summary="The models: there is one", dependencies=[Depends(caller_of)])
async def models() -> ModelList:
    return ModelList(data=[ModelOut()])


@router.get("/models/{model}", summary="One model", dependencies=[Depends(caller_of)])
async def model(model: str) -> ModelOut:
    _check_model(model)
    return ModelOut()


def _check_model(name: str) -> None:
    if name != MODEL:
        raise HTTPException(404, f"there is no model {name!r}; the only one is {MODEL!r}")
