"""What the scripted server does with one request, as values: an answer, a status, a hang, a cut...

A script turns a request into steps, and `openai_server` carries them out.  Nothing here touches a socket.
"""

import asyncio
import enum
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

DEFAULT_TEXT = "The guide says to run the install command first [1]."
COMMENT = b": OPENROUTER PROCESSING\n\n"
LAST_CHUNK = b"0\r\n\r\n"


class Ending(enum.Enum):
    """How a connection ends before its time: by a FIN, or by a RST."""

    CLOSE = enum.auto()
    RESET = enum.auto()


# Bytes are one TCP write, a number is a pause in seconds, an event is waited for.
Step = bytes | float | asyncio.Event | Ending
Body = Mapping[str, Any]


def forever() -> asyncio.Event:
    """An event that nobody sets: the wait ends when the client leaves."""
    return asyncio.Event()


class Script(Protocol):
    """What is done with one request, whose JSON body is given."""

    def steps(self, body: Body) -> Iterator[Step]: ...


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def json_reply(status: int, value: object, headers: Mapping[str, str] | None = None) -> bytes:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    fields = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    return head(status, fields) + body


def framed(data: bytes) -> bytes:
    """One chunk of HTTP's chunked coding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(value: object, newline: str = "\n") -> bytes:
    """One `data:` event; text goes out as UTF-8, not as escapes."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"data: {text}{newline}{newline}".encode()


@dataclass(frozen=True)
class Reply:
    """An answer.  `text` is split at blanks into tokens; a list is taken as it is.

    `ttft` and `gap` are seconds before the first token and between two.  `together` tokens go into one
    TCP write; `cut` bytes, if given, are the size of every write, wherever that cuts.  `usage` are prompt
    and completion tokens, `cost` is what OpenRouter says with them; `counts` False leaves both out, `finish` None leaves the reason out, `done` False leaves `[DONE]` out.
    """

    text: str | Sequence[str] = DEFAULT_TEXT
    ttft: float = 0
    gap: float = 0
    usage: tuple[int, int] | None = None
    cost: float | None = None
    counts: bool = True
    finish: str | None = "stop"
    done: bool = True
    together: int = 1
    cut: int | None = None
    newline: str = "\n"

    @property
    def tokens(self) -> list[str]:
        if not isinstance(self.text, str):
            return list(self.text)
        first, *others = self.text.split(" ")
        return [first, *(" " + word for word in others)]

    def counted(self, body: Body) -> dict[str, float]:
        said = sum(len(str(message.get("content", "")).split()) for message in body.get("messages", ()))
        prompt, completion = self.usage or (said, len(self.tokens))
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            **({} if self.cost is None else {"cost": self.cost}),
        }

    def steps(self, body: Body) -> Iterator[Step]:
        yield from (self._stream(body) if body.get("stream") else self._whole(body))

    def opening(self, body: Body) -> bytes:
        """The head, and the chunk that names the role."""
        fields = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
        return head(200, fields) + framed(self.chunk(body, {"role": "assistant", "content": ""}))

    def chunk(self, body: Body, delta: object, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**_envelope(body, "chat.completion.chunk"), "choices": [choice]}, self.newline)

    def token(self, body: Body, text: str) -> bytes:
        return framed(self.chunk(body, {"content": text}))

    def _stream(self, body: Body) -> Iterator[Step]:
        yield from self._written(self.opening(body))
        yield self.ttft
        tokens = self.tokens
        for start in range(0, len(tokens), self.together):
            yield self.gap if start else 0
            yield from self._written(
                b"".join(self.token(body, t) for t in tokens[start : start + self.together])
            )
        yield from self._written(self.closing(body))

    def closing(self, body: Body) -> bytes:
        """The reason, the usage if it is asked for, `[DONE]`, the end of the body."""
        end = framed(self.chunk(body, {}, self.finish)) if self.finish else b""
        if self.counts and (body.get("stream_options") or {}).get("include_usage"):
            usage = {"choices": [], "usage": self.counted(body)}
            end += framed(event({**_envelope(body, "chat.completion.chunk"), **usage}, self.newline))
        if self.done:
            end += framed(event("[DONE]", self.newline))
        return end + LAST_CHUNK

    def _written(self, data: bytes) -> Iterator[bytes]:
        size = self.cut or len(data)
        return (data[start : start + size] for start in range(0, len(data), size))

    def _whole(self, body: Body) -> Iterator[Step]:
        yield self.ttft + self.gap * len(self.tokens)
        message = {"role": "assistant", "content": "".join(self.tokens)}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        yield json_reply(
            200, {**_envelope(body, "chat.completion"), "choices": [choice], "usage": self.counted(body)}
        )


def _envelope(body: Body, kind: str) -> dict[str, object]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1700000000, "model": body.get("model", "scripted")}


@dataclass(frozen=True)
class Obey:
    """A model that does what the messages say: `answer` makes the text of them."""

    answer: Callable[[list[dict[str, Any]]], str]

    def steps(self, body: Body) -> Iterator[Step]:
        return Reply(self.answer(body["messages"])).steps(body)


@dataclass(frozen=True)
class Status:
    """A reply with this status; the body is JSON, or bytes as they are.  `hang` never sends the body."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    hang: bool = False

    def steps(self, body: Body) -> Iterator[Step]:
        error = {"message": "scripted", "type": None, "code": None}
        reply = json_reply(self.code, {"error": error} if self.body is None else self.body, self.headers)
        if not self.hang:
            yield reply
            return
        yield reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        yield forever()


Where = Literal["before-headers", "before-first-token", "between-tokens"]


@dataclass(frozen=True)
class Hang:
    """Silence until `until` is set or the client leaves; then the rest of the answer.

    "between-tokens" is after `after_tokens` tokens.
    """

    where: Where = "before-headers"
    until: asyncio.Event | None = None
    after_tokens: int = 1
    reply: Reply = Reply()

    def steps(self, body: Body) -> Iterator[Step]:
        until = self.until or forever()
        if self.where == "before-headers" or not body.get("stream"):
            yield until
            yield from self.reply.steps(body)
        else:
            after = 0 if self.where == "before-first-token" else self.after_tokens
            yield from _interrupted(self.reply, body, after, until)


def _interrupted(reply: Reply, body: Body, after: int, *between: Step) -> Iterator[Step]:
    """The streamed reply with other steps after `after` of its tokens."""
    tokens = reply.tokens
    yield reply.opening(body)
    for index, token in enumerate(tokens):
        if index == after:
            yield from between
        yield reply.token(body, token)
    if after >= len(tokens):
        yield from between
    yield reply.closing(body)


@dataclass(frozen=True)
class Cut:
    """The connection ends after some tokens; None: before any head.  `reset` ends it by a RST."""

    after_tokens: int | None = None
    reset: bool = False

    def steps(self, body: Body) -> Iterator[Step]:
        ending = Ending.RESET if self.reset else Ending.CLOSE
        if self.after_tokens is None or not body.get("stream"):
            yield ending
        else:
            yield from _interrupted(Reply(), body, self.after_tokens, ending)


@dataclass(frozen=True)
class Garbage:
    """A `data:` line that is not JSON after some tokens; the rest of the answer follows."""

    after_tokens: int = 0
    line: str = "{not json"

    def steps(self, body: Body) -> Iterator[Step]:
        if body.get("stream"):
            yield from _interrupted(Reply(), body, self.after_tokens, framed(event(self.line)))
        else:
            yield json_reply(200, self.line.encode())


@dataclass(frozen=True)
class ErrorEvent:
    """An error as a data event inside a 200 stream, as OpenRouter sends it; the stream ends after it."""

    after_tokens: int = 0
    error: Mapping[str, object] = field(default_factory=lambda: {"code": 502, "message": "scripted"})

    def steps(self, body: Body) -> Iterator[Step]:
        if body.get("stream"):
            last = framed(event({"error": dict(self.error)})) + LAST_CHUNK
            yield from _interrupted(Reply(), body, self.after_tokens, last, Ending.CLOSE)
        else:
            yield json_reply(200, {"error": dict(self.error)})


@dataclass(frozen=True)
class Comments:
    """Comment lines before every token, `gap` seconds apart; with `forever`, nothing but them."""

    reply: Reply = Reply()
    count: int = 2
    gap: float = 0
    forever: bool = False
    after_tokens: int = 0

    def steps(self, body: Body) -> Iterator[Step]:
        if not body.get("stream"):
            yield from self.reply.steps(body)
            return
        yield self.reply.opening(body)
        for index, token in enumerate(self.reply.tokens):
            while self.forever and index == self.after_tokens:
                yield from (framed(COMMENT), self.gap)
            for _ in range(self.count):
                yield from (framed(COMMENT), self.gap)
            yield self.reply.token(body, token)
        yield self.reply.closing(body)
