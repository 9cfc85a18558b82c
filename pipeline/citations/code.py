"""What a CommonMark reader takes for code, told from one line at a time.  Pure.

Stricter than CommonMark where a later line could change its mind: what is no code here may be code
for a reader, never the other way round.
"""

import re
from typing import NamedTuple

LINE_PREFIX = re.compile(r"(?:[ \t>]|[-*+] |\d{1,9}[.)] )*")
"""What may stand before a fence: indentation, quotes, list markers."""


def span_end(line: str, run: int) -> int | None:
    """Where the inline span that opens `line` with `run` backticks ends, None when it does not.

    A span that goes on in the next line does not count: a block may begin there and end it.
    """
    closing = re.compile(rf"(?<!`){'`' * run}(?!`)").search(line, run)
    return closing.end() if closing else None


class Fence(NamedTuple):
    """An open fence: its run of backticks or tildes, and the column in which that stands."""

    run: str
    column: int

    def is_run(self, line: str) -> bool:
        """Whether the line holds nothing but the fence's character."""
        return set(line.strip(" \t>")) == {self.run[0]}

    def is_closed_by(self, line: str) -> bool:
        """Whether the line is the closing fence."""
        return self.is_run(line) and len(line.strip(" \t>")) >= len(self.run)

    def may_end_before(self, line: str) -> bool:
        """Whether the line stands further left than the fence.

        It may then have ended the list item or the quote that the fence is in, and the fence with it.
        """
        return bool(self.column and line.strip()) and len(line) - len(line.lstrip()) < self.column
