"""Markdown taken apart into blocks, and put together again within a number of words.  Pure."""

import re
from collections.abc import Iterator, Sequence

LINK = re.compile(r"(?<![!\\])\[([^\[\]]*)\]\([^()\s]*\)")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")


def without_addresses(text: str) -> str:
    """Markdown links as their labels alone."""
    return LINK.sub(r"\1", text) if "](" in text else text


def blocks(text: str) -> list[str]:
    """The Markdown blocks of `text`: split at blank lines, but a fence stays whole."""
    found: list[str] = []
    lines: list[str] = []
    closing = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if closing:
            if fence and fence.group(1).startswith(closing) and not line.strip(" `~\t"):
                closing = ""
        elif fence:
            closing = fence.group(1)
        if line.strip() or closing:
            lines.append(line)
        elif lines:
            found.append("\n".join(lines))
            lines = []
    if lines:
        found.append("\n".join(lines))
    return found


def pack(parts: Sequence[str], max_words: int) -> Iterator[str]:
    """Joins blocks to texts of at most `max_words` words; a longer block is split between lines."""
    held: list[str] = []
    words = 0
    for part in (piece for block in parts for piece in _fitting(block, max_words)):
        length = len(part.split())
        if held and words + length > max_words:
            yield "\n\n".join(held)
            held, words = [], 0
        held.append(part)
        words += length
    if held:
        yield "\n\n".join(held)


def _fitting(block: str, max_words: int) -> Iterator[str]:
    """The block, or pieces of it; each piece of a fence is a fence again, of a table a table."""
    if len(block.split()) <= max_words:
        yield block
        return
    lines = block.split("\n")
    fence = FENCE.match(lines[0])
    head: list[str] = []
    tail: list[str] = []
    if fence:
        head, lines = [lines[0]], lines[1:]
        if lines and FENCE.match(lines[-1]):
            lines = lines[:-1]
        tail = [fence.group(1)]
    elif len(lines) > 2 and re.fullmatch(r"[\s|:-]+", lines[1]):
        head, lines = lines[:2], lines[2:]
    room = max(20, max_words - sum(len(line.split()) for line in head))
    for piece in _lines(lines, room, fence is not None):
        yield "\n".join([*head, *piece, *tail])


def _lines(lines: Sequence[str], max_words: int, code: bool) -> Iterator[list[str]]:
    held: list[str] = []
    words = 0
    for line in lines:
        # A line of prose that is itself too long is cut between words; code keeps its lines.
        tokens = line.split()
        cut = [" ".join(tokens[i : i + max_words]) for i in range(0, len(tokens), max_words)]
        for part in cut if len(tokens) > max_words and not code else [line]:
            length = len(part.split())
            if held and words + length > max_words:
                yield held
                held, words = [], 0
            held.append(part)
            words += length
    if held:
        yield held
