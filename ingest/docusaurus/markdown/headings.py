"""The id and the text of a heading, from the tokens of its line.

Docusaurus takes the first of: a last `{/* #id */}`, a last `{#id}`, a slug of the text.  Its text for
slugs is mdast's `toString`: no markup, images by their alt, expressions by their source.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it.token import Token

from ingest.docusaurus.markdown.emoji import with_emoji
from ingest.docusaurus.markdown.javascript import literal
from ingest.docusaurus.markdown.slugs import Slugger
from ingest.docusaurus.markdown.tags import Tag

CLASSIC_ID = re.compile(r"\{#((?:[^\n](?!\{#|\}))*[^\n])\}\Z")
MDX_COMMENT = re.compile(r"\s*/\*((?:(?!\*/)[\s\S])*)\*/\s*")
HTML_COMMENT = re.compile(r"<!--([\s\S]*)-->")


@dataclass(frozen=True, slots=True)
class HeadingFacts:
    """`text` is what the table of contents shows, `title` what the page shows; `listed`: it is in `toc`."""

    id: str
    text: str
    title: str
    level: int
    listed: bool


def heading_facts(
    tokens: list[Token], level: int, slugger: Slugger, *, maintain_case: bool, emoji: bool
) -> HeadingFacts:
    """The facts of one heading; takes its slug from `slugger`, so call it in document order."""
    comment_id = _comment_id(tokens[-1]) if tokens else None
    if comment_id:
        tokens = tokens[:-1]
    texts = plain_text(tokens, html="nested") or plain_text(tokens, html="all")
    classic_id, cut = ("", 0) if comment_id else _classic_id(texts)
    whole = plain_text(tokens, html="all")
    listed = bool(whole[: len(whole) - cut].strip() if comment_id else whole[: len(whole) - cut])
    anchor = comment_id or classic_id or slugger.slug(texts, maintain_case=maintain_case)
    shown = [plain_text(tokens, html="none", emoji=emoji, shown=page) for page in (False, True)]
    if cut and tokens[-1].type != "html_inline":  # only an id that ends the last text is taken away
        shown = [text[: len(text) - _classic_id(text)[1]] for text in shown]
    text, title = (" ".join(part.split()) for part in shown)
    return HeadingFacts(anchor, text, title, level, listed and level > 1)


def _classic_id(text: str) -> tuple[str, int]:
    """The id in a last `{#id}`, and how many characters it takes with the space before it; "" and 0 if none."""
    start = text.rfind("{#") if text.endswith("}") else -1
    start -= 2 if start >= 2 and text.startswith("{#", start - 2) else 0  # an id may begin with "{#"
    match = CLASSIC_ID.match(text, start) if start >= 0 else None
    name = match[1].strip() if match else ""
    return (name, len(text) - len(text[:start].rstrip())) if name else ("", 0)


def plain_text(tokens: Iterable[Token], *, html: str, shown: bool = False, emoji: bool = False) -> str:
    """The tokens' text without markup.

    `html`: of raw HTML, take "none", "all", or the "nested" (what is within emphasis, links, ...).
    `shown`: take what the page shows where that differs from `toString`.  `emoji`: turn their names.
    """
    parts: list[str] = []
    depth = 0
    for token in tokens:
        depth += token.nesting
        if token.type == "image":
            parts.append(plain_text(token.children or (), html="all", shown=shown, emoji=emoji))
        elif token.type == "text":
            parts.append(with_emoji(token.content) if emoji else token.content)
        elif token.type == "html_inline":
            if html == "all" or (html == "nested" and depth > 0):
                parts.append(token.content)
        else:
            parts.append(_other_text(token, shown=shown))
    return "".join(parts)


def _other_text(token: Token, *, shown: bool) -> str:
    """The text of a token that is neither text, image nor raw HTML."""
    if token.type == "tag":
        tag: Tag = token.meta["tag"]
        seen = {"br": " ", "img": tag.attributes.get("alt", "")}.get(tag.name, "")
        return seen if shown else ""
    if token.type == "hardbreak":
        return " " if shown else ""
    if token.type == "directive_text":
        return token.content if shown else ""
    if token.type == "expression" and shown:
        return _expression_text(token.content)
    return "" if token.type == "footnote_ref" or token.nesting else token.content


def _expression_text(source: str) -> str:
    value = literal(source)
    return value if value is not None else "" if MDX_COMMENT.fullmatch(source) else source


def _comment_id(last: Token) -> str:
    """The id that a heading's last child gives as a comment, or ""."""
    match = None
    if last.type == "expression":
        match = MDX_COMMENT.fullmatch(last.content)
    elif last.type == "html_inline":
        match = HTML_COMMENT.fullmatch(last.content)
    word = match[1].strip().split(" ")[0] if match else ""
    return word[1:] if word.startswith("#") else ""
