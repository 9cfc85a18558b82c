"""The markdown-it parser of each dialect: CommonMark with GFM and directives, with or without MDX.

Which plugins make a dialect, and nothing of what their tokens mean.
"""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def

from ingest.docusaurus.markdown.comments import comments_plugin
from ingest.docusaurus.markdown.directives import directives_plugin
from ingest.docusaurus.markdown.dispatch import Inline, newline
from ingest.docusaurus.markdown.mdx import head, mdx_plugin
from ingest.docusaurus.markdown.scanning import NESTING, is_too_deep, notes_of
from ingest.docusaurus.markdown.texts import text_rule

ADDRESS = re.compile(r"://(?:(?!\](?:[\s(\[]|\Z))[^\s<])+")
PROTOCOL = re.compile(r"(?:^|[^A-Za-z])(https?)\Z", re.IGNORECASE)
TRAILING = re.compile(r"(?:[?!.,:*_~'\"]|&[A-Za-z0-9]+;)\Z")


class Markdown(MarkdownIt):
    """markdown-it that leaves link targets as they are written."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's own name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's own name
        return url


@cache
def parser(*, mdx: bool, comments: bool) -> MarkdownIt:
    """The parser of a dialect.  Parse with an `env` from `scanning.new_env`."""
    md = Markdown("commonmark", {"maxNesting": NESTING + 6})
    md.inline = inline = Inline()
    md.configure("commonmark", {"maxNesting": NESTING + 6}).enable(["table", "strikethrough"])
    footnote_plugin(md, inline=False, move_to_end=False)
    directives_plugin(md)
    if mdx:
        mdx_plugin(md)
    if comments:
        comments_plugin(md)
    md.inline.ruler.before("directive", "address", address)
    md.disable(["lheading"])
    md.block.ruler.at("paragraph", text_rule(head if mdx else None))
    _bound_nesting(md)
    inline.ruler.at("newline", newline)
    inline.settle()
    md.core.ruler.at("inline", _inlines)
    return md


def _bound_nesting(md: MarkdownIt) -> None:
    """Containers past the bound are read as text, so that depth cannot exhaust the stack."""

    def quote_within(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not is_too_deep(state) and blockquote(state, start, end, silent)

    def list_within(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not is_too_deep(state) and list_block(state, start, end, silent)

    def footnote_within(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not is_too_deep(state) and footnote_def(state, start, end, silent)

    alt = ["paragraph", "reference", "blockquote"]
    md.block.ruler.at("blockquote", quote_within, {"alt": [*alt, "list"]})
    md.block.ruler.at("list", list_within, {"alt": alt})
    md.block.ruler.at("footnote_def", footnote_within, {"alt": ["paragraph", "reference"]})


def _inlines(state: StateCore) -> None:
    """markdown-it's own step, which also tells the rules on which line they are."""
    notes = notes_of(state.env)
    for token in state.tokens:
        if token.type == "inline":
            notes.line = token.map[0] if token.map else notes.line
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def address(state: StateInline, silent: bool) -> bool:
    """A bare `https://...` as GFM finds it: one piece, in which `:x`, `*` and `{` mean nothing."""
    pos = state.pos
    if not state.src.startswith("://", pos) or not PROTOCOL.search(state.src, max(0, pos - 6), pos):
        return False
    match = ADDRESS.match(state.src, pos, state.posMax)
    if match is None:
        return False
    text = match[0]
    while (trailing := TRAILING.search(text[-40:])) or _closes_outside(text):
        text = text[: -len(trailing[0]) if trailing else -1]
    if len(text) <= 3:
        return False
    if not silent:
        state.push("address", "", 0).content = text
    state.pos = pos + len(text)
    return True


def _closes_outside(text: str) -> bool:
    return text.endswith(")") and text.count(")") > text.count("(")
