"""Finds the targets of inline links in a section's text, and replaces them; the rest stays byte by byte.

Reads what `markdown` writes: fences, code spans, `[label](target)` without titles or images, text that
is not escaped.  What a target means is worked out in `addresses`.  The time is linear in the text.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

LONGEST = 2048  # characters of a target: browsers' and crawlers' limit for an address
DEEPEST = 8  # parentheses in each other within a target; CommonMark asks for at least three

# What may stand before a block on its first line: quotes, list items, a footnote's label.
PREFIX = r"(?:[ \t>]|[-*+] |\d{1,9}[.)] |\[\^[^\]\n]*\]: )*"
FENCE_START = re.compile(r"```|~~~")
FENCE = re.compile(rf"{PREFIX}(`{{3,}}(?=[^`\n]*$)|~{{3,}})", re.MULTILINE)
# The end of a line after which no text goes on: a blank line, an item or a table's row follows.
BLOCK_END = re.compile(r"\n(?=[ \t>]*(?:$|[-*+] |\d{1,9}[.)] |\|))", re.MULTILINE)
# Without groups, so that the engine looks for the first characters alone.
MARK = re.compile(r"\\[!-/:-@\[-`{-~]|``*|!\[|\[|\]\(|\]")
TICKS = re.compile(r"`+")
ANGLES = re.compile(r"<([^<>\n]*)>[^()\n]*\)")
PARENTHESES = re.compile(r"[()\n]")
TITLE = re.compile(r"""[ \t](?:"[^"\n]*"|'[^'\n]*'|\([^()\n]*\))\Z""")


def rewrite_targets(text: str, spans: Iterable[tuple[int, int]], address: Callable[[str], str]) -> str:
    """`text` with the target in each of `spans`, as `targets` finds them, replaced by `address` of it."""
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += (text[done:start], address(text[start:end]))
        done = end
    return "".join(pieces) + text[done:]


def targets(text: str) -> Iterator[tuple[int, int]]:
    """Where the targets of the links in `text` start and end, in order; none in code, none of images."""
    if "](" not in text:
        return
    for start, region_end in _outside_fences(text):
        pos = start
        while (place := text.find("](", pos, region_end)) >= 0:
            found = BLOCK_END.search(text, place, region_end)
            end = found.end() if found else region_end
            yield from _in_block(text, _block_start(text, pos, place), end)
            pos = end


def _block_start(text: str, start: int, place: int) -> int:
    """Where the block around `place` starts, not before `start`."""
    line = text.rfind("\n", start, place)
    while line >= 0 and not BLOCK_END.match(text, line):
        line = text.rfind("\n", start, line)
    return max(start, line + 1)


def _outside_fences(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of whole lines that no fence holds; a fence that nothing closes reaches to the end."""
    start = pos = 0
    while found := FENCE_START.search(text, pos):
        line = text.rfind("\n", 0, found.start()) + 1
        fence = FENCE.match(text, line)
        if fence is None:
            pos = _line_end(text, found.end())
            continue
        yield start, line
        closing = re.compile(rf"^[ \t>]*{fence[1][0]}{{{len(fence[1])},}}[ \t]*$", re.MULTILINE)
        closed = closing.search(text, fence.end())
        start = pos = closed.end() if closed else len(text)
    yield start, len(text)


def _line_end(text: str, pos: int) -> int:
    end = text.find("\n", pos)
    return len(text) if end < 0 else end


def _in_block(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The targets in one paragraph, item or row."""
    closers = _CodeSpans(text, start, end)
    opened: list[bool] = []  # for each open bracket: may it be a link's?
    pos = start
    while mark := MARK.search(text, pos, end):
        kind, pos = mark[0], mark.end()
        if kind[0] == "`":
            pos = closers.end(mark.start(), pos)
        elif kind in ("[", "!["):
            opened.append(kind == "[" and not text.startswith("^", pos))
        elif kind in ("](", "]") and opened and opened.pop() and kind == "](":
            span = _target(text, pos, end)
            if span is not None:
                yield span[:2]
                pos = span[2]


class _CodeSpans:
    """Where the code spans of one block end."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._runs: dict[int, list[int]] = {}
        for run in TICKS.finditer(text, start, end):
            self._runs.setdefault(run.end() - run.start(), []).append(run.start())

    def end(self, start: int, pos: int) -> int:
        """The end of the span that the backticks from `start` to `pos` open; `pos` if nothing closes them."""
        runs = self._runs.get(pos - start, [])
        index = bisect_left(runs, pos)
        return runs[index] + pos - start if index < len(runs) else pos


def _target(text: str, start: int, end: int) -> tuple[int, int, int] | None:
    """Start and end of the target that begins at `start`, and the place after its `)`."""
    end = min(end, start + LONGEST)
    angles = ANGLES.match(text, start, end)
    if angles is not None:
        return angles.start(1), angles.end(1), angles.end()
    depth = 0
    for found in PARENTHESES.finditer(text, start, end):
        if found[0] == "\n" or depth > DEEPEST:
            return None
        if found[0] == ")" and depth == 0:
            return *_without_title(text, start, found.start()), found.end()
        depth += 1 if found[0] == "(" else -1
    return None


def _without_title(text: str, start: int, end: int) -> tuple[int, int]:
    title = TITLE.search(text, start, end) if text[end - 1] in "\"')" else None
    whole = text[start : title.start() if title else end]
    lead = len(whole) - len(whole.lstrip())
    return start + lead, start + max(lead, len(whole.rstrip()))
