"""Headings and paragraphs, for both dialects; underlined headings are in the rule of paragraphs.

markdown-it asks twice for every line what it starts, once for each of the two; and it takes a line
indented by four spaces for text, which it is not where there is no indented code (MDX).  From a `#`
heading it trims more than spaces and tabs, which changes ids.
"""

import re
from collections.abc import Callable

from markdown_it.rules_block import StateBlock

from ingest.docusaurus.markdown.scanning import line_text, notes_of

MARK = re.compile(r"#{1,6}(?=[ \t]|\Z)")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*")
STARTERS = frozenset("#>`~-*+_=<{:|[0123456789")
"""What the first character of a line must be for it to start anything but text, tables aside."""


Head = Callable[[StateBlock, int, int], int]
"""Takes a state, a first and an end line; gives the line with which other blocks may start again."""


def marked_heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`## Heading`, with or without closing marks."""
    if state.is_code_block(start_line) or not (mark := MARK.match(line := line_text(state, start_line))):
        return False
    if not silent:
        state.line = start_line + 1
        content = line[mark.end() :].rstrip(" \t")
        opened = content.rstrip("#")
        content = opened if not opened or opened[-1] in " \t" else content
        _push(state, "heading", f"h{len(mark[0])}", content.strip(" \t"), start_line)
    return True


def _push(state: StateBlock, name: str, tag: str, content: str, start_line: int) -> None:
    """The tokens of a heading or a paragraph that ends before `state.line`."""
    for kind, nesting in ((f"{name}_open", 1), ("inline", 0), (f"{name}_close", -1)):
        token = state.push(kind, "" if kind == "inline" else tag, nesting)  # type: ignore[arg-type]
        token.map = [start_line, state.line]
        if kind == "inline":
            token.content, token.children = content, []


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
    _push(state, name, tag, content, start_line)
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
        if first in STARTERS or _may_be_table(state, line + 1, end_line):
            notes_of(state.env).charge(1)
            if any(rule(state, line, end_line, True) for rule in rules):
                return line, ""
    return end_line, ""


def _may_be_table(state: StateBlock, line: int, end_line: int) -> bool:
    if line >= end_line:
        return False
    pos = state.bMarks[line] + state.tShift[line]
    return pos < state.eMarks[line] and state.src[pos] in "|:-"
