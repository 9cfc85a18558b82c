"""Paragraphs and underlined headings in one rule, for both dialects.

markdown-it asks twice for every line what it starts, once for each of the two; and it takes a line
indented by four spaces for text, which it is not where there is no indented code (MDX).
"""

import re
from collections.abc import Callable

from markdown_it.rules_block import StateBlock

UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*")
STARTERS = frozenset("#>`~-*+_=<{:|[0123456789")
"""What the first character of a line must be for it to start anything but text, tables aside."""


Head = Callable[[StateBlock, int, int], int]
"""Takes a state, a first and an end line; gives the line with which other blocks may start again."""


def text_rule(head: Head | None = None) -> Callable[[StateBlock, int, int, bool], bool]:
    """The rule for lines of text.

    With `head` it is MDX's: a block may start at any indent, but not within what begins the text.
    """

    def text_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        end_line = max(end_line, state.lineMax)
        return _text(state, start_line, end_line, head(state, start_line, end_line) if head else -1)

    return text_block


def _text(state: StateBlock, start_line: int, end_line: int, free: int) -> bool:
    """Lines of text, up to a blank line, an underline or the start of another block."""
    parent, state.parentType = state.parentType, "paragraph"
    line, marker = _text_end(state, start_line, end_line, free)
    state.parentType = parent
    content = state.getLines(start_line, line, state.blkIndent, False).strip(" \t\n")
    state.line = line + 1 if marker else line
    tag = {"": "p", "=": "h1", "-": "h2"}[marker]
    name = "heading" if marker else "paragraph"
    for kind, nesting in ((f"{name}_open", 1), ("inline", 0), (f"{name}_close", -1)):
        token = state.push(kind, "" if kind == "inline" else tag, nesting)  # type: ignore[arg-type]
        token.map = [start_line, state.line]
        if kind == "inline":
            token.content, token.children = content, []
    return True


def _text_end(state: StateBlock, start_line: int, end_line: int, free: int) -> tuple[int, str]:
    """The line after the text, and the underline's character if the text is a heading.

    `free`: the line from which other blocks may start, at any indent; -1 for CommonMark's way.
    """
    rules = state.md.block.ruler.getRules("paragraph")
    for line in range(start_line + 1, end_line):
        if state.isEmpty(line):
            return line, ""
        if line < free:
            continue
        if (free < 0 and state.sCount[line] - state.blkIndent > 3) or state.sCount[line] < 0:
            continue  # below zero: a lazy line that the quote's own rule has checked
        first = state.src[state.bMarks[line] + state.tShift[line]]
        if first in "=-" and state.sCount[line] >= state.blkIndent:
            end = state.eMarks[line]
            if UNDERLINE.fullmatch(state.src, state.bMarks[line] + state.tShift[line], end):
                return line, first
        if (first in STARTERS or _may_be_table(state, line + 1, end_line)) and any(
            rule(state, line, end_line, True) for rule in rules
        ):
            return line, ""
    return end_line, ""


def _may_be_table(state: StateBlock, line: int, end_line: int) -> bool:
    if line >= end_line:
        return False
    pos = state.bMarks[line] + state.tShift[line]
    return pos < state.eMarks[line] and state.src[pos] in "|:-"
