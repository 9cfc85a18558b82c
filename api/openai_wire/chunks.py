"""An answer in OpenAI's form: as `chat.completion.chunk` events, or as one `chat.completion`.

What OpenAI has no place for stands in the one key `fingerpost`: in a stream on a chunk without
choices, which clients that do not know it pass over as they pass over the usage.
"""

import time
from collections.abc import AsyncIterator
from typing import Any

import orjson

from api.openai_wire.schemas import MODEL, AssistantMessage, Choice, Completion, CompletionUsage, Vendor
from api.wire import DONE, source_out, whole
from pipeline.answering import Answer
from pipeline.models import AnswerFailed, AnswerFinished, AnswerStarted, Source, SourcesFound, TextDelta

HEADERS = {
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",  # nginx would otherwise hold the stream back
}


class Frames:
    """The events of one answer, as bytes.  What is the same in all of them is made once."""

    def __init__(self, message_id: str, *, counts: bool) -> None:
        self._base: dict[str, Any] = {
            "id": message_id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": MODEL,
        }
        # OpenAI's own API says `"usage":null` in every chunk but the last when usage is asked for.
        self._unused: dict[str, Any] = {"usage": None} if counts else {}
        around = self._chunk(choices=[_choice({"content": ""})], **self._unused)
        before, after = around.split(b'"content":""')
        self._before, self._after = before + b'"content":', after

    def text(self, piece: str) -> bytes:
        """A piece of the answer.  The only event that comes often."""
        return self._before + orjson.dumps(piece) + self._after

    def opening(self) -> bytes:
        return self._chunk(choices=[_choice({"role": "assistant", "content": ""})], **self._unused)

    def closing(self) -> bytes:
        return self._chunk(choices=[_choice({}, "stop")], **self._unused)

    def about(self, vendor: Vendor) -> bytes:
        return self._chunk(choices=[], **self._unused, fingerpost=vendor.model_dump())

    def usage(self, usage: CompletionUsage) -> bytes:
        return self._chunk(choices=[], usage=usage.model_dump())

    def _chunk(self, **values: Any) -> bytes:
        return b"data: " + orjson.dumps({**self._base, **values}) + b"\n\n"


def _choice(delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


async def completion_stream(answer: Answer, *, counts: bool) -> AsyncIterator[bytes]:
    """The answer as server-sent events, with its usage at the end when `counts`.

    An answer that breaks off ends with an event `{"error": ...}`, as OpenAI's and OpenRouter's do.
    """
    frames = Frames(answer.message_id, counts=counts)
    sources: tuple[Source, ...] = ()
    async for event in answer.events():
        match event:
            case TextDelta(piece):
                yield frames.text(piece)
            case SourcesFound(found):
                sources = found
            case AnswerStarted():
                yield frames.opening()
            case AnswerFailed(code, message):
                error = {"message": message, "type": "server_error", "code": code, "param": None}
                yield b"data: " + orjson.dumps({"error": error}) + b"\n\n"
            case AnswerFinished():
                yield frames.closing()
                yield frames.about(_vendor(event, sources))
                if counts:
                    tokens = event.usage
                    yield frames.usage(_usage(tokens.prompt_tokens, tokens.completion_tokens))
    yield DONE


def _vendor(end: AnswerFinished, sources: tuple[Source, ...]) -> Vendor:
    return Vendor(
        sources=[source_out(source) for source in sources],
        cited=[source.id for source in end.cited],
        outcome=end.outcome,
        revision=end.revision,
        mode=end.mode,
    )


def _usage(prompt: int | None, completion: int | None) -> CompletionUsage:
    asked, said = prompt or 0, completion or 0
    return CompletionUsage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)


async def completion(answer: Answer) -> Completion:
    """The same answer as one object.  Raises ModelError when it breaks off."""
    told = await whole(answer)
    return Completion(
        id=told.messageId,
        created=int(time.time()),
        choices=[Choice(message=AssistantMessage(content=told.text))],
        usage=_usage(told.usage["promptTokens"], told.usage["completionTokens"]),
        fingerpost=Vendor.model_validate(told.model_dump(include=set(Vendor.model_fields))),
    )
