"""What MDX adds to Markdown: JSX tags and `{expressions}` as blocks and in texts, `import`/`export` blocks.

Tags are read one by one and not matched into elements: that keeps a page with a forgotten closing
tag readable, and nothing below needs the tree.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from ingest.docusaurus.markdown.javascript import NoEnd, block_end, expression_end
from ingest.docusaurus.markdown.scanning import INTERRUPTING, line_text, look, notes_of
from ingest.docusaurus.markdown.tags import Tag, read_jsx

MODULE = re.compile(
    r"import (?:[\"'{*]|[\w$]+\s*(?:,|from\b|$))"
    r"|export (?:const|let|var|function|async|class|default|type|interface|enum|\{|\*)"
)
MOST_PIECES = 10_000  # tags and expressions in one line; a bound on what is read before it is paid for
SPACES = re.compile(r"[ \t]*")


def mdx_plugin(md: MarkdownIt) -> None:
    """Teaches `md` MDX, and takes away what MDX has not: indented code, raw HTML, `<http://...>`."""
    md.block.ruler.before("table", "mdx_flow", flow, INTERRUPTING)
    md.block.ruler.before("table", "mdx_module", module)
    md.inline.ruler.before("link", "mdx_tag", tag_inline)
    md.inline.ruler.before("link", "mdx_expression", expression_inline)
    md.disable(["code", "html_block", "html_inline", "autolink"])


def flow(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Lines that hold nothing but tags and expressions."""
    pos = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith(("<", "{"), pos) or state.isEmpty(start_line):
        return False
    result = look(state, start_line, end_line, _read_flow)
    if isinstance(result, NoEnd):
        if result.missing and not silent:
            notes_of(state.env).problem("this tag or expression is never closed", start_line)
        return False
    if silent:
        return True
    pieces, state.line = result
    for piece in pieces:
        token = state.push("tag" if isinstance(piece, Tag) else "expression", "", 0)
        token.map = [start_line, state.line]
        if isinstance(piece, Tag):
            token.meta = {"tag": piece}
        else:
            token.content = piece
    return True


def _read_flow(text: str) -> tuple[list[Tag | str], int] | NoEnd:
    """Tags and expressions (their sources) up to the end of a line."""
    pieces: list[Tag | str] = []
    pos, end = 0, len(text)
    while True:
        if text.startswith("<", pos):
            read = read_jsx(text, pos, end)
            if isinstance(read, NoEnd):
                return read
            pieces.append(read[0])
            pos = read[1]
        elif text.startswith("{", pos) and not text.startswith("{#", pos):
            if pieces and isinstance(pieces[-1], str):
                return NoEnd(False, pos)  # two expressions in a row make a text
            after = expression_end(text, pos, end)
            if isinstance(after, NoEnd):
                return after
            pieces.append(text[pos + 1 : after - 1])
            pos = after
        else:
            return NoEnd(False, pos)
        space = SPACES.match(text, pos)
        pos = space.end() if space else pos
        if pos == end or text[pos] == "\n":
            return pieces, pos
        if len(pieces) > MOST_PIECES:
            return NoEnd(False, pos)


def head(state: StateBlock, start_line: int, end_line: int) -> int:
    """The line after the tags and expressions that begin a text: within them `>` or `-` start no block."""
    if not line_text(state, start_line).startswith(("<", "{")):
        return start_line + 1
    result = look(state, start_line, end_line, _read_head)
    return start_line + 1 if isinstance(result, NoEnd) else result[1]


def _read_head(text: str) -> tuple[None, int] | NoEnd:
    stop = _read_flow(text)
    if isinstance(stop, NoEnd):
        return stop if stop.missing else (None, stop.pos)
    return None, stop[1]


def module(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`import` and `export` at the very start of a line, to the first blank line where the code can end."""
    start = state.bMarks[start_line]
    if state.sCount[start_line] or not state.src.startswith(("import ", "export "), start):
        return False
    if silent or (start and state.src[start - 1] != "\n"):
        return False
    if not MODULE.match(line_text(state, start_line)):
        notes_of(state.env).problem("a text cannot start with `import` or `export` in MDX", start_line)
        return False
    line, text = _module_end(state, start_line, end_line)
    token = state.push("module", "", 0)
    token.content, token.map = text, [start_line, line]
    state.line = line
    return True


def _module_end(state: StateBlock, start_line: int, end_line: int) -> tuple[int, str]:
    """The line after the block, and its text."""
    notes = notes_of(state.env)
    reach, missed = 4, NoEnd(True, 0)
    while not notes.exhausted:
        stop = min(end_line, start_line + reach)
        text = state.getLines(start_line, stop, 0, False)
        result = block_end(text, whole=stop == end_line)
        if not isinstance(result, NoEnd):
            notes.found(result)
            line = start_line + text.count("\n", 0, result) + 1
            if line < end_line and not state.isEmpty(line):
                notes.problem("a blank line is missing after import or export", line)
            return line, text[:result]
        missed = result
        if not missed.missing or stop == end_line or notes.budget < 0:
            break
        reach *= 4
    notes.failed(missed.pos)
    notes.problem("this import or export is never finished", start_line)
    line = start_line + 1
    while line < end_line and not state.isEmpty(line):
        line += 1
    return line, state.getLines(start_line, line, 0, False)


def tag_inline(state: StateInline, silent: bool) -> bool:
    """A JSX tag within a text."""
    if state.src[state.pos] != "<":
        return False
    notes = notes_of(state.env)
    read = read_jsx(state.src, state.pos, state.posMax) if notes.budget >= 0 else NoEnd(False, state.pos)
    if isinstance(read, NoEnd):
        notes.failed(read.pos - state.pos)
        if not silent and state.src[state.pos + 1 : state.pos + 2].strip():
            notes.problem("`<` starts a tag here that cannot be read; write `\\<` or `&lt;`")
        return False
    if not silent:
        state.push("tag", "", 0).meta = {"tag": read[0]}
    state.pos = read[1]
    return True


def expression_inline(state: StateInline, silent: bool) -> bool:
    """An expression within a text; `{#id}` is none, and is kept for the heading that it may name."""
    if state.src[state.pos] != "{":
        return False
    notes = notes_of(state.env)
    after: int | NoEnd = NoEnd(False, state.pos)
    if not state.src.startswith("{#", state.pos) and notes.budget >= 0:
        after = expression_end(state.src, state.pos, state.posMax)
    if isinstance(after, NoEnd):
        notes.failed(after.pos - state.pos)
        if not silent:
            notes.problem("`{` starts an expression here that cannot be read; write `\\{`")
        return False
    if not silent:
        state.push("expression", "", 0).content = state.src[state.pos + 1 : after - 1]
    state.pos = after
    return True
