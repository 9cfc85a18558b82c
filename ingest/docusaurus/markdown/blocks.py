"""markdown-it's block parser, asking at each line only the rules that can begin with its first character.

Its work has a bound: what is left of a huge page is plain text.  The order of the rules and what they do
stay markdown-it's.
"""

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock, RuleFuncBlockType
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.footnote.index import footnote_def

from ingest.docusaurus.markdown.scanning import TooMuch, is_too_deep, notes_of

# The first characters of what a rule reads; the others can begin with any.
BLOCK_STARTS = {
    "directive": ":", "comment": "<", "mdx_flow": "<{", "mdx_module": "ie", "fence": "`~", "blockquote": ">",
    "hr": "*-_", "list": "*+-0123456789", "reference": "[", "footnote_def": "[", "html_block": "<", "heading": "#",
}  # fmt: skip
MOST_LINES = 250_000  # 5 MB of real pages have 143,000


class State(StateBlock):
    """A parse under way.  `top` is the outermost block being read: its line and its first token."""

    def __init__(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> None:
        self.notes = notes_of(env)
        self.top = (0, len(tokens))
        super().__init__(src, md, env, tokens)

    def push(self, ttype: str, tag: str, nesting: int) -> Token:
        """A new token.  Raises TooMuch."""
        self.notes.charge(1)
        return super().push(ttype, tag, nesting)  # type: ignore[arg-type]

    def lines_to_blank(self, line: int, end: int) -> int:
        """How many lines there are from `line` to the next empty one."""
        stop = line
        while stop < end and not self.isEmpty(stop):
            stop += 1
        return stop - line


class Block(ParserBlock):
    """The block parser.  Call `settle` when all rules are in place."""

    def __init__(self) -> None:
        super().__init__()
        self.by_start: dict[str, list[RuleFuncBlockType]] = {}
        self.others: list[RuleFuncBlockType] = []

    def settle(self) -> None:
        """Sorts the active rules by the characters they begin with."""
        rules = list(zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True))
        starts = {name: BLOCK_STARTS.get(name) for name, _ in rules}
        self.others = [rule for name, rule in rules if starts[name] is None]
        for character in set("".join(BLOCK_STARTS.values())):
            self.by_start[character] = [
                rule for name, rule in rules if (begins := starts[name]) is None or character in begins
            ]

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> None:
        """Adds the tokens of `src`; the last one is "plain" if there is too much of it."""
        cut = _after_lines(src, MOST_LINES)
        state = State(src[:cut], md, env, tokens)
        line = state.lineMax
        try:
            self.tokenize(state, state.line, state.lineMax)
        except TooMuch:
            line, first = state.top
            del tokens[first:]
            cut = state.eMarks[line - 1] + 1 if line else 0
        if cut < len(src):
            state.notes.problem(
                "there is too much markup; from here on the page is taken as plain text", line
            )
            token = Token("plain", "", 0, content=src[cut:], map=[line, line + 1])
            tokens.append(token)

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803
        """Generates the tokens of some lines.  Raises TooMuch."""
        assert isinstance(state, State)
        line, loose = startLine, False
        while line < endLine:
            state.line = line = state.skipEmptyLines(line)
            if line >= endLine or state.sCount[line] < state.blkIndent:
                break
            if state.level == 0:
                state.top = (line, len(state.tokens))
            state.notes.charge(1)
            first = state.src[state.bMarks[line] + state.tShift[line]]
            for rule in self.by_start.get(first, self.others):
                if rule(state, line, endLine, False):
                    break
            state.tight = not loose
            line = state.line
            loose = loose or (line - 1 < endLine and state.isEmpty(line - 1))
            if line < endLine and state.isEmpty(line):
                loose = True
                state.line = line = line + 1


def _after_lines(text: str, most: int) -> int:
    """Where the first `most` lines of `text` end."""
    if text.count("\n") < most:
        return len(text)
    end = 0
    for _ in range(most):
        end = text.index("\n", end) + 1
    return end


def bound_nesting(md: MarkdownIt) -> None:
    """Containers past the bound are read as text, so that depth cannot exhaust the stack."""

    def quote_within(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if is_too_deep(state) or not state.src.startswith(">", state.bMarks[start] + state.tShift[start]):
            return False
        if not silent and isinstance(state, State):  # every line of a quote is read anew in each quote in it
            state.notes.charge(state.lines_to_blank(start, end))
        return blockquote(state, start, end, silent)

    def list_within(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not is_too_deep(state) and list_block(state, start, end, silent)

    def footnote_within(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not is_too_deep(state) and footnote_def(state, start, end, silent)

    alt = ["paragraph", "reference", "blockquote"]
    md.block.ruler.at("blockquote", quote_within, {"alt": [*alt, "list"]})
    md.block.ruler.at("list", list_within, {"alt": alt})
    md.block.ruler.at("footnote_def", footnote_within, {"alt": ["paragraph", "reference"]})
