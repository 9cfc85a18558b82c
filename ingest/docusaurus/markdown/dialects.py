"""The markdown-it parser of each dialect: CommonMark with GFM and directives, with or without MDX.

Which plugins make a dialect, and nothing of what their tokens mean.
"""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.footnote import footnote_plugin

from ingest.docusaurus.markdown.blocks import Block, bound_nesting
from ingest.docusaurus.markdown.comments import comments_plugin
from ingest.docusaurus.markdown.directives import directives_plugin
from ingest.docusaurus.markdown.dispatch import Inline, newline
from ingest.docusaurus.markdown.mdx import head, mdx_plugin
from ingest.docusaurus.markdown.scanning import INTERRUPTING, NESTING, notes_of
from ingest.docusaurus.markdown.texts import marked_heading, text_rule

ADDRESS = re.compile(r"://(?:(?!\](?:[\s(\[]|\Z))[^\s<]){1,2048}")  # browsers' limit for an address
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
    options = {"maxNesting": NESTING + 6, "strikethrough_single_tilde": True}
    md = Markdown("commonmark", options)
    md.block, md.inline = (block := Block()), (inline := Inline())
    md.configure("commonmark", options).enable(["table", "strikethrough"])
    footnote_plugin(md, inline=False, move_to_end=False)
    directives_plugin(md)
    if mdx:
        mdx_plugin(md)
    if comments:
        comments_plugin(md)
    md.inline.ruler.before("directive", "address", address)
    md.disable(["lheading"])
    md.block.ruler.at("heading", marked_heading, INTERRUPTING)
    md.block.ruler.at("paragraph", text_rule(head if mdx else None))
    bound_nesting(md)
    inline.ruler.at("newline", newline)
    block.settle()
    inline.settle()
    md.core.ruler.at("inline", _inlines)
    return md


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
