"""What is kept of an answer, and how it is told again.  Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from pipeline.models import AnswerFinished, Source, Usage

KEPT = ("answered", "refused")
"""Outcomes that would come again.  A degraded answer is one that should not."""

BLOCK = re.compile(r"(?<=\n\n)")


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer that came to its end: its sources as they were last shown, its text, and how it ended.

    Tokens are not kept: told again, it costs none."""

    sources: tuple[Source, ...]
    text: str
    finished: AnswerFinished

    def blocks(self) -> Iterator[str]:
        """The text block by block, as a stream tells it."""
        return filter(None, BLOCK.split(self.text))

    def packed(self) -> bytes:
        """As bytes that `unpacked` reads."""
        end = self.finished
        numbers = [source.id for source in end.cited]
        values = [self.sources, self.text, end.outcome, numbers, end.revision, end.model, end.mode]
        return orjson.dumps(values)


def unpacked(data: bytes) -> Entry | None:
    """The entry; None when the bytes are no whole entry."""
    try:
        sources, text, outcome, numbers, revision, model, mode = orjson.loads(data)
        found = tuple(_source(one) for one in sources)
        cited = tuple(source for number in numbers for source in found if source.id == number)
        return Entry(found, text, AnswerFinished(outcome, cited, revision, model, mode, Usage()))
    except (ValueError, TypeError, KeyError):
        return None


def _source(values: dict[str, Any]) -> Source:
    return Source(**{**values, "breadcrumbs": tuple(values["breadcrumbs"])})
