"""The two wire forms of an answer: the AI SDK's UI message stream v1, and one JSON object.

The part types are the AI SDK's (https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol); what it has no
part for travels as `data-*`.
"""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from api.schemas import AnswerOut, SourceOut
from pipeline.answering import Answer
from pipeline.errors import ModelError
from pipeline.models import (
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
    Event,
    Source,
    SourcesFound,
    TextDelta,
)

STREAM_HEADERS = {
    "x-vercel-ai-ui-message-stream": "v1",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",  # nginx would otherwise hold the stream back
}
EVENTS: dict[str, Any] = {
    "text/event-stream": {
        "itemSchema": {
            "type": "object",
            "required": ["data"],
            "properties": {"data": {"type": "string"}, "event": {"type": "string"}},
        }
    }
}
"""A stream of events in the OpenAPI document, described as FastAPI's own are."""
TEXT_ID = "answer"
DELTA = b'data: {"type":"text-delta","id":"answer","delta":'
DONE = b"data: [DONE]\n\n"


async def ui_message_stream(answer: Answer) -> AsyncIterator[bytes]:
    """The answer as server-sent events, one `bytes` for each part."""
    writing = False
    async for event in answer.events():
        if isinstance(event, TextDelta):  # the only event that comes often
            if not writing:
                writing = True
                yield _part({"type": "text-start", "id": TEXT_ID})
            yield DELTA + orjson.dumps(event.text) + b"}\n\n"
        else:
            if writing and isinstance(event, (AnswerFinished, AnswerFailed)):
                yield _part({"type": "text-end", "id": TEXT_ID})
            for part in _parts(event):
                yield _part(part)
    yield DONE


def _parts(event: Event) -> list[dict[str, Any]]:
    match event:
        case AnswerStarted(message_id):
            return [{"type": "start", "messageId": message_id}]
        case SourcesFound(sources):
            listed = [source_out(source).model_dump() for source in sources]
            # The same id each time: a later part takes the place of the earlier one.
            return [{"type": "data-sources", "id": "sources", "data": {"sources": listed}}]
        case AnswerFinished():
            cited = [
                {"type": "source-url", "sourceId": s.id, "url": s.url, "title": s.title} for s in event.cited
            ]
            return [*cited, {"type": "data-answer", "data": _about(event)}, {"type": "finish"}]
        case AnswerFailed(_, message):
            return [{"type": "error", "errorText": message}]
    return []


def _about(event: AnswerFinished) -> dict[str, Any]:
    usage = event.usage
    return {
        "outcome": event.outcome,
        "cited": [source.id for source in event.cited],
        "revision": event.revision,
        "model": event.model,
        "mode": event.mode,
        "usage": {"promptTokens": usage.prompt_tokens, "completionTokens": usage.completion_tokens},
        "timings": dict(event.timings),
        "cached": event.cached,
    }


def _part(part: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(part) + b"\n\n"


def source_out(source: Source) -> SourceOut:
    """A source as clients see it."""
    return SourceOut(id=source.id, url=source.url, title=source.title, breadcrumbs=list(source.breadcrumbs))


async def whole(answer: Answer) -> AnswerOut:
    """The same answer, folded into one object.  Raises ModelError when it breaks off."""
    text: list[str] = []
    sources: tuple[Source, ...] = ()
    async for event in answer.events():
        match event:
            case TextDelta(piece):
                text.append(piece)
            case SourcesFound(found):
                sources = found
            case AnswerFailed(code, message):
                error = ModelError(message)
                error.code = code
                raise error
            case AnswerFinished():
                return AnswerOut(
                    messageId=answer.message_id,
                    text="".join(text),
                    sources=[source_out(source) for source in sources],
                    **_about(event),
                )
    raise ModelError("the answer ended without an end")
