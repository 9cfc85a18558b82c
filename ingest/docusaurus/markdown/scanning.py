"""Looking ahead over lines for the end of a construct, within budgets that keep a page's work bounded.

Constructs of MDX may span lines, and only reading them shows where they end.  A file full of openers
that nothing closes would be read once for each of them; so looks are paid from a budget, and when it
is spent they reach no further than their own line, and at last are not made.  Blocks and marks have budgets of their own, far
above what real pages need: what is left of a page when one is spent is taken as plain text.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.utils import EnvType

from ingest.docusaurus.markdown.contract import BodyProblem
from ingest.docusaurus.markdown.javascript import NoEnd

NESTING = 24  # containers in each other; deeper ones are read as text
# Characters read in vain by looks ahead, for each character of the page, and for any page; at most.
LOOKS_PER_CHARACTER, FREE_LOOKS, MOST_LOOKS = 6, 10_000, 500_000
PAID_FOR_FOUND = 4  # so many characters of what was found cost as much as one in vain
# 5 MB of real pages take 143,000 units of work on blocks and 304,000 steps within texts.
MOST_BLOCKS = 300_000
MOST_STEPS = 700_000

INTERRUPTING: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote"]}
"""What a rule says that may end a text without a blank line before it."""

T = TypeVar("T")


class TooMuch(Exception):
    """The budget for blocks is spent."""


@dataclass(slots=True)
class Notes:
    """What the rules of one parse share: problems, the current line, what is left of the budgets."""

    budget: int
    blocks: int = MOST_BLOCKS
    steps: int = MOST_STEPS
    line: int = 0
    problems: dict[BodyProblem, None] = field(default_factory=dict)

    def problem(self, message: str, line: int | None = None) -> None:
        """Notes a problem once; `line` counts from 0, by default that of the text being read."""
        self.problems.setdefault(BodyProblem((self.line if line is None else line) + 1, message))

    @property
    def exhausted(self) -> bool:
        """Whether even looks within a line have cost too much."""
        return self.budget < -MOST_LOOKS

    def failed(self, cost: int) -> None:
        """Pays for a look that found nothing."""
        self.budget -= cost

    def found(self, length: int) -> None:
        """Pays for a look that found something of `length` characters."""
        self.budget -= length // PAID_FOR_FOUND

    def charge(self, cost: int) -> None:
        """Pays for work on blocks, about 10 µs a unit.  Raises TooMuch when the budget is spent."""
        self.blocks -= cost
        if self.blocks < 0:
            raise TooMuch


def new_env(text: str) -> dict[str, object]:
    """The `env` for parsing `text`."""
    return {"notes": Notes(min(LOOKS_PER_CHARACTER * len(text) + FREE_LOOKS, MOST_LOOKS))}


def notes_of(env: EnvType) -> Notes:
    """The notes in an `env` made by `new_env`."""
    notes = env["notes"]
    assert isinstance(notes, Notes)
    return notes


def is_too_deep(state: StateBlock) -> bool:
    """Whether another container here would pass the nesting that is followed."""
    return state.level >= NESTING


def line_text(state: StateBlock, line: int) -> str:
    """The line without its indent and the markers of its containers."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def look(
    state: StateBlock, start: int, end: int, read: Callable[[str], tuple[T, int] | NoEnd]
) -> tuple[T, int] | NoEnd:
    """Reads a construct from the content of line `start` on; what was read and the line after it.

    `read` gets the text of ever more lines, without the containers' prefixes, and answers what it read
    and where it stopped, or NoEnd.  Lines that are not in the container (lazy ones) are out of reach.
    """
    notes = notes_of(state.env)
    if notes.exhausted:
        return NoEnd(False, 0)
    stop, reach = start + 1, 4 if notes.budget >= 0 else 1
    indent = min(state.blkIndent, state.sCount[start])  # a lazy line ends the container
    while True:
        wanted = min(end, start + reach)
        while stop < wanted and (state.isEmpty(stop) or state.sCount[stop] >= indent):
            stop += 1
        text = line_text(state, start)
        if stop > start + 1:
            text += "\n" + state.getLines(start + 1, stop, state.blkIndent, False)
        result = read(text)
        if not isinstance(result, NoEnd):
            notes.found(result[1])
            return result[0], start + text.count("\n", 0, result[1]) + 1
        at_end = stop < wanted or wanted == end
        if not result.missing or at_end or notes.budget < 0:
            notes.failed(result.pos)
            return result
        reach *= 4
