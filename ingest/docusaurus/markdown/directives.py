"""Directives: `:name[label]{attributes}` in a text, `::name` as a line, `:::name` ... `:::` around blocks.

As remark-directive reads them.  Admonitions are containers like any other here; what they show is
told in `elements`.
"""

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ingest.docusaurus.markdown.scanning import INTERRUPTING, is_too_deep, line_text, notes_of

NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?![A-Za-z0-9_-])")
FENCE = re.compile(r":{3,}")
ATTRIBUTES = re.compile(
    r"""\{(?:\s*+(?:[#.][^\s"'#.<=>`}]++"""
    r"""|[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<=>`}]++))?))*+\s*+\}"""
)
ATTRIBUTE = re.compile(r"""([A-Za-z_:][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<=>`}]+))""")
LABEL_STEP = re.compile(r"\\[\[\]\\]|[\[\]]")
LABEL_DEPTH = 32
LONGEST = 1000  # characters of attributes; a bound on what is read in vain


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive's head: `label` is None when it has none; `end` the place after the head."""

    name: str
    end: int
    label: tuple[int, int] | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    has_attributes: bool = False


def directives_plugin(md: MarkdownIt) -> None:
    """Teaches `md` the three forms."""
    md.block.ruler.before("table", "directive", directive_block, INTERRUPTING)
    md.inline.ruler.before("link", "directive", directive_inline)


def read_directive(text: str, pos: int, end: int) -> Directive | None:
    """The head whose name starts at `pos`."""
    name = NAME.match(text, pos, end)
    if name is None:
        return None
    pos = name.end()
    label = _label(text, pos, end)
    if label is not None:
        pos = label[1] + 1
    attributes = ATTRIBUTES.match(text, pos, min(end, pos + LONGEST))
    if attributes is None:
        return Directive(name[0], pos, label)
    values = {found[1]: found[2] or found[3] or found[4] or "" for found in ATTRIBUTE.finditer(attributes[0])}
    return Directive(name[0], attributes.end(), label, values, True)


def _label(text: str, pos: int, end: int) -> tuple[int, int] | None:
    """Where the text within `[...]` starts and ends, if one starts at `pos`."""
    if not text.startswith("[", pos) or pos >= end:
        return None
    depth = 0
    for step in LABEL_STEP.finditer(text, pos, end):
        if step[0] == "[":
            depth += 1
        elif step[0] == "]":
            depth -= 1
        if depth == 0:
            return pos + 1, step.start()
        if depth > LABEL_DEPTH:
            return None
    return None


def directive_inline(state: StateInline, silent: bool) -> bool:
    """`word:name`: its name is no text of a heading, its label is."""
    pos = state.pos
    if state.src[pos] != ":" or (pos and state.src[pos - 1] == ":" and not _is_escaped(state.src, pos - 1)):
        return False
    directive = read_directive(state.src, pos + 1, state.posMax)
    if directive is None or (directive.label is None and state.src.startswith(":", directive.end)):
        return False
    if not silent:
        _push_inline(state, directive)
    state.pos = directive.end
    return True


def _is_escaped(text: str, pos: int) -> bool:
    backslashes = 0
    while pos - backslashes > 0 and text[pos - backslashes - 1] == "\\":
        backslashes += 1
    return backslashes % 2 == 1


def _push_inline(state: StateInline, directive: Directive) -> None:
    if directive.label is None:
        token = state.push("directive_text", "", 0)
        token.content = "" if directive.has_attributes else f":{directive.name}"
        return
    state.push("directive_open", "", 1)
    end = state.posMax
    state.pos, state.posMax = directive.label
    state.md.inline.tokenize(state)
    state.posMax = end
    state.push("directive_close", "", -1)


def directive_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line `::name`, or a container from `:::name` to as many colons, or to the end of what holds it."""
    pos = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("::", pos) or state.is_code_block(start_line):
        return False
    fence = FENCE.match(state.src, pos)
    colons = len(fence[0]) if fence else 2
    end = state.eMarks[start_line]
    directive = read_directive(state.src, pos + colons, end)
    if directive is None or state.src[directive.end : end].strip(" \t"):
        return False
    if colons > 2 and is_too_deep(state):
        return False
    if silent:
        return True
    opening = state.push("container_open" if colons > 2 else "leaf", "", 1 if colons > 2 else 0)
    opening.map = [start_line, start_line + 1]
    opening.meta = {"directive": directive}
    if directive.label is not None:
        _push_label(state, opening, state.src[slice(*directive.label)], start_line)
    state.line = start_line + 1
    if colons > 2:
        _content(state, start_line, end_line, colons)
    return True


def _push_label(state: StateBlock, opening: Token, text: str, line: int) -> None:
    opening.meta["labelled"] = True
    label = state.push("inline", "", 0)
    label.content, label.children, label.map = text, [], [line, line + 1]


def _content(state: StateBlock, start_line: int, end_line: int, colons: int) -> None:
    """The blocks of a container and its end."""
    close = start_line + 1
    found = False
    while close < end_line and not found:
        if state.sCount[close] < state.blkIndent and not state.isEmpty(close):
            break
        found = _closes(state, close, colons)
        close += 0 if found else 1
    notes_of(state.env).charge((close - start_line) // 4)  # read anew in each container within
    parent, last = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", close
    state.md.block.tokenize(state, start_line + 1, close)
    state.parentType, state.lineMax = parent, last
    state.push("container_close", "", -1)
    state.line = close + 1 if found else close


def _closes(state: StateBlock, line: int, colons: int) -> bool:
    if state.is_code_block(line):
        return False
    text = line_text(state, line).rstrip(" \t")
    return len(text) >= colons and not text.strip(":")
