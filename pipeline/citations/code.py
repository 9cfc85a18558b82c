"""What every CommonMark and GFM reader takes for code, told from one line at a time.

Stricter than CommonMark where a later line could change its mind: what is no code here may be code
for a reader, never the other way round.  Text that is no code is the writer's affair.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

FENCE_PREFIX = re.compile(r"(?: |[-*+] |\d{1,9}[.)] )*")
"""What may stand before a fence: indentation and list markers.  In quotes no fence is trusted."""
BLOCK_PREFIX = re.compile(r"(?:[\s>]|[-*+]\s|\d{1,9}[.)]\s)*")
"""What may stand before a fence for some reader."""
PLAIN = re.compile(r"(?:[^\[\]<\\&@/:.]|\\\||(?<![/:])/(?!/)|\.(?=\s))*")
"""Code that would be as harmless as text.  In tables `\\|` is how a bar is written."""


def span_end(line: str, run: int) -> int | None:
    """Where the inline span that opens `line` with `run` backticks ends, None when it does not.

    A span that goes on in the next line does not count: a block may begin there and end it.
    """
    closing = re.compile(rf"(?<!`)`{{{run}}}(?!`)").search(line, run)
    return closing.end() if closing else None


def opens_fence(shown: str, rest: str) -> bool:
    """Whether `rest`, a line's end put behind all that was shown before, opens a fence just there."""
    return all(_opens(parser, shown, rest) for parser in _parsers())


def _opens(parser: "MarkdownIt", shown: str, rest: str) -> bool:
    tokens = [token for token in parser.parse(shown + rest) if token.nesting >= 0]
    last = tokens[-1] if tokens else None
    return bool(last and last.type == "fence" and last.map and last.map[0] == shown.count("\n"))


@lru_cache(maxsize=1)
def _parsers() -> "tuple[MarkdownIt, ...]":
    """Blocks only, without and with GFM's tables.  Made at first use: importing stays light."""
    from markdown_it import MarkdownIt

    parsers = MarkdownIt("commonmark"), MarkdownIt("commonmark").enable("table")
    return tuple(parser.disable("inline") for parser in parsers)


class Fence(NamedTuple):
    """An open fence: its run of backticks or tildes, and the column in which that stands.

    In column 0 it is in no list, and only its closing run ends it.  Elsewhere a line that stands
    further left may end the list item that it is in.
    """

    run: str
    column: int

    def judged(self, line: str, *, whole: bool) -> Literal["inside", "closing", "unsure"] | None:
        """What the line is to the fence; None when more of it must come (never if `whole`)."""
        bare = line.strip(" \t")
        flat = line.expandtabs(4)
        indent = len(flat) - len(flat.lstrip(" "))
        if not bare:
            return "inside" if whole else None
        if set(bare) == {self.run[0]}:
            if not whole:
                return None
            return self._run_judged(len(bare), indent)
        return "inside" if indent >= self.column else "unsure"

    def _run_judged(self, length: int, indent: int) -> Literal["inside", "closing", "unsure"]:
        if not self.column:
            return "closing" if indent <= 3 and length >= len(self.run) else "inside"
        if indent != self.column:
            return "unsure"
        return "closing" if length >= len(self.run) else "inside"
