"""What went wrong with one file, as a value, and the errors that become one.

A problem never stops the reading of the other files; what makes the whole site unreadable is
`pipeline.errors.SiteError`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in one file.  `source` is relative to the site's root, `line` counts from 1.

    `line` is 0 when no single line is meant.
    """

    source: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.message}" if self.line else f"{self.source}: {self.message}"


class UnreadablePageError(Exception):
    """One page cannot be read.  `notes` are (line, message) pairs; becomes Problems in `reading`."""

    def __init__(self, *notes: tuple[int, str]) -> None:
        super().__init__("; ".join(message for _, message in notes))
        self.notes = notes
