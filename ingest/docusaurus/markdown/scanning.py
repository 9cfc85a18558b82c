"""Looking ahead over lines for the end of a construct, within a budget that keeps a page linear.

Constructs of MDX may span lines, and only reading them shows where they end.  A file full of openers
that nothing closes would be read once for each of them; so failed looks are paid from a budget, and
when it is spent they reach no further than their own line.
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
BUDGET_PER_CHARACTER = 6
FREE = 10_000

INTERRUPTING: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote"]}
"""What a rule says that may end a text without a blank line before it."""

T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """What the rules of one parse share: problems, the current line, the budget for failed looks."""

    budget: int
    line: int = 0
    problems: dict[BodyProblem, None] = field(default_factory=dict)

    def problem(self, message: str, line: int | None = None) -> None:
        """Notes a problem once; `line` counts from 0, by default that of the text being read."""
        self.problems.setdefault(BodyProblem((self.line if line is None else line) + 1, message))

    def failed(self, cost: int) -> None:
        """Pays for a look that found nothing."""
        self.budget -= cost


def new_env(text: str) -> dict[str, object]:
    """The `env` for parsing `text`."""
    return {"notes": Notes(BUDGET_PER_CHARACTER * len(text) + FREE)}


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
    stop, reach = start + 1, 4
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
            return result[0], start + text.count("\n", 0, result[1]) + 1
        at_end = stop < wanted or wanted == end
        if not result.missing or at_end or notes.budget < 0:
            notes.failed(result.pos)
            return result
        reach *= 4
