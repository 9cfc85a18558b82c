"""HTML comments as @slorber/remark-comment reads them: no node at all, between blocks or in a text.

Only for dialects with `mdx1Compat.comments`; without it they are raw HTML in md and an error in mdx.
"""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from ingest.docusaurus.markdown.scanning import INTERRUPTING, notes_of


def comments_plugin(md: MarkdownIt) -> None:
    """Teaches `md` comments, ahead of everything else that starts with `<`."""
    md.block.ruler.before("table", "comment", comment_block, INTERRUPTING)
    md.inline.ruler.before("escape", "comment", comment_inline)


def _opens(text: str, pos: int) -> int:
    """Where to look for the end of the comment at `pos`; -1 when there is none there."""
    if not text.startswith("<!--", pos) or text.startswith((">", "->"), pos + 4):
        return -1
    return pos + 5 if text.startswith("-", pos + 4) else pos + 4


def comment_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A comment where a block may start.

    What follows it on its last line is read as the start of a new block, without its first character:
    micromark takes that for the line's end.
    """
    inside = _opens(state.src, state.bMarks[start_line] + state.tShift[start_line])
    if inside < 0 or state.is_code_block(start_line):
        return False
    line = _closing_line(state, start_line, end_line, inside)
    if line < 0:
        return False
    if silent:
        return True
    first = start_line if inside <= state.eMarks[start_line] else start_line + 1
    begin = inside if line == start_line else state.bMarks[line]
    after = state.src.find("-->", begin if line > first else inside) + 3
    if after >= state.eMarks[line]:
        state.line = line + 1
        return True
    return _rest(state, line, end_line, after + 1, same_line=line == start_line)


def _closing_line(state: StateBlock, start_line: int, end_line: int, inside: int) -> int:
    """The line in which the comment ends, if all its lines belong to the container; else -1."""
    close = state.env.get("comment_end", (-1, -1))  # one search serves all openers before its find
    if not close[0] <= inside <= close[1]:
        found = state.src.find("-->", inside)
        close = (inside, found if found >= 0 else len(state.src) + 1)
        state.env["comment_end"] = close
    if close[1] > len(state.src):
        return -1
    indent = min(state.blkIndent, state.sCount[start_line])  # a lazy line ends the container
    line = start_line
    while line < end_line and state.eMarks[line] < close[1]:
        line += 1
        if line >= end_line or (state.sCount[line] < indent and not state.isEmpty(line)):
            return -1
    return line


def _rest(state: StateBlock, line: int, end_line: int, pos: int, *, same_line: bool) -> bool:
    """Lets the blocks after a comment start at `pos` of its last line."""
    end = state.eMarks[line]
    shift = len(state.src[pos:end]) - len(state.src[pos:end].lstrip(" \t"))
    state.bMarks[line], state.tShift[line] = pos, shift
    state.sCount[line] = state.blkIndent + shift
    state.line = line + 1 if state.isEmpty(line) else line
    if not same_line or state.line > line:
        return True
    return any(rule(state, line, end_line, False) for rule in state.md.block.ruler.getRules(""))


def comment_inline(state: StateInline, silent: bool) -> bool:
    """A comment within a text: nothing."""
    inside = _opens(state.src, state.pos) if state.src[state.pos] == "<" else -1
    if inside < 0:
        return False
    end = state.src.find("-->", inside, state.posMax) if state.html_terminator_last("-->") >= inside else -1
    if end < 0:
        if not silent:
            notes_of(state.env).problem("this comment is never closed")
        return False
    state.pos = end + 3
    return True
