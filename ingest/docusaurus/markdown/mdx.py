"""What MDX adds to Markdown: JSX tags and `{expressions}` as blocks and in texts, `import`/`export` blocks.

Tags are read one by one and not matched into elements: that keeps a page with a forgotten closing
tag readable, and nothing below needs the tree.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from ingest.docusaurus.markdown.javascript import NoEnd, expression_end, is_complete
from ingest.docusaurus.markdown.scanning import INTERRUPTING, line_text, look, notes_of
from ingest.docusaurus.markdown.tags import Tag, read_jsx

MODULE = re.compile(
    r"import (?:[\"'{*]|[\w$]+\s*(?:,|from\b|$))"
    r"|export (?:const|let|var|function|async|class|default|type|interface|enum|\{|\*)"
)
HEADING_LINE = re.compile(r"\n(?=#{1,6} )")
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
    notes = notes_of(state.env)
    line = first_blank = -1
    for line in range(start_line + 1, end_line + 1):
        if line < end_line and not state.isEmpty(line):
            continue
        text = state.getLines(start_line, line, 0, False)
        if is_complete(text):
            return _before_heading(state, start_line, line, text)
        notes.failed(len(text))
        first_blank = line if first_blank < 0 else first_blank
        if notes.budget < 0:
            break
    notes.problem("this import or export is never finished", start_line)
    first_blank = max(first_blank, start_line + 1)
    return first_blank, state.getLines(start_line, first_blank, 0, False)


def _before_heading(state: StateBlock, start_line: int, line: int, text: str) -> tuple[int, str]:
    """Ends the block before a Markdown heading that follows it without a blank line."""
    for heading in HEADING_LINE.finditer(text):
        if is_complete(text[: heading.start()]):
            cut = start_line + text.count("\n", 0, heading.end())
            notes_of(state.env).problem("a blank line is missing after import or export", cut)
            return cut, text[: heading.start()]
    return line, text


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
