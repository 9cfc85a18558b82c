"""Texts as clean Markdown: inline tokens and tags in, what a reader sees out.

A few elements are held back until they end, because what they show depends on all that is in them:
links, code, bold lines such as `<summary>`, and scripts, which show nothing.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from markdown_it.token import Token

from ingest.docusaurus.markdown import elements
from ingest.docusaurus.markdown.emoji import with_emoji
from ingest.docusaurus.markdown.fences import fence
from ingest.docusaurus.markdown.headings import MDX_COMMENT, plain_text
from ingest.docusaurus.markdown.javascript import literal, shown_text
from ingest.docusaurus.markdown.scanning import NESTING
from ingest.docusaurus.markdown.tags import Tag, read_html

HELD: dict[str, Literal["link", "code", "bold", "nothing"]] = {
    **dict.fromkeys(("a", "Link", "NavLink"), "link"),
    **dict.fromkeys(("CodeBlock", "pre"), "code"),
    **dict.fromkeys(("summary", "h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend", "Heading"), "bold"),
    **dict.fromkeys(("script", "style", "noscript", "template"), "nothing"),
}
LANGUAGE = re.compile(r"\blanguage-([\w+#-]+)")
# A run of spaces is only looked at from its start: the time stays linear.
BREAKS = re.compile(r"(?<![ \t])[ \t]*\n(?:[ \t]*\n)+")
CELL_END = re.compile(r"(?<![ |])[ |]+$", re.MULTILINE)


@dataclass(slots=True)
class Held:
    """An element that has begun: its opening tag and what came since."""

    tag: Tag
    kind: Literal["link", "code", "bold", "nothing"]
    parts: list[str] = field(default_factory=list)
    language: str = ""


@dataclass(slots=True)
class Inlines:
    """Writes texts.

    `expand` gives the value of an expression that is known (imported code, props), `placed` a link's
    target as it is written in the page's own file.
    """

    expand: Callable[[str], str | None]
    is_partial: Callable[[str], bool]
    placed: Callable[[str], str]
    emoji: bool = True
    links: dict[str, None] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    partials: list[Tag] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    def text(self, text: str) -> None:
        """Adds text as it is."""
        (self.held[-1].parts if self.held else self.parts).append(text)

    def take(self) -> str:
        """All that has been written since the last time, cleaned; elements still held stay held."""
        text = BREAKS.sub("\n\n", "".join(self.parts)).strip()
        self.parts.clear()
        return CELL_END.sub("", text) if " |" in text else text

    def release(self) -> None:
        """Lets go of elements that nothing ended: what is in them is text."""
        if self.held:
            left = "".join("".join(held.parts) for held in self.held)
            self.held.clear()
            self.text(left + "\n\n")

    def tokens(self, tokens: Iterable[Token]) -> None:
        """Adds the inline tokens of one text."""
        open_links: list[str] = []
        for token in tokens:
            if token.type == "link_open":
                target = self.placed(str(token.attrGet("href") or ""))
                open_links.append("" if token.info == "auto" else target)
                self.links.setdefault(target)
                self.text("[" if open_links[-1] else "")
            elif token.type == "link_close":
                target = open_links.pop() if open_links else ""
                self.text(f"]({target})" if target else "")
            else:
                self._token(token)

    def _token(self, token: Token) -> None:
        write = WRITERS.get(token.type)
        if write is not None:
            write(self, token)
        elif token.nesting and token.markup:  # emphasis and the like, always with asterisks
            self.text("" if self._in_code() else token.markup.replace("_", "*"))
        else:
            self.text(token.content)

    def _text(self, token: Token) -> None:
        text = token.content.lstrip("\n") if self.parts and self.parts[-1] == " | " else token.content
        self.text(with_emoji(text) if self.emoji else text)

    def _image(self, token: Token) -> None:
        self.text(plain_text(token.children or (), html="all", shown=True, emoji=self.emoji))

    def _code(self, code: str) -> str:
        ticks = "`" if "`" not in code else "``" if "``" not in code else "```"
        space = " " if code.startswith("`") or code.endswith("`") else ""
        return code if self._in_code() else f"{ticks}{space}{code}{space}{ticks}"

    def _address(self, rest: str) -> None:
        before = (self.held[-1].parts if self.held else self.parts) or [""]
        scheme = "https" if before[-1].lower().endswith("https") else "http"
        self.links.setdefault(scheme + rest)
        self.text(rest)

    def _in_code(self) -> bool:
        return bool(self.held) and self.held[-1].kind == "code"

    def html(self, source: str) -> None:
        """Adds raw HTML: its texts and what its tags show."""
        for piece in read_html(source):
            if isinstance(piece, Tag):
                self.tag(piece)
            else:
                self.text(piece)

    def expression(self, source: str) -> None:
        """Adds what a `{...}` shows, as far as that can be known without running it."""
        value = literal(source)
        if value is None:
            value = self.expand(source.strip())
        if value is None and "<" in source and not MDX_COMMENT.fullmatch(source):
            value = shown_text(source)
        self.text(value or "")

    def tag(self, tag: Tag) -> None:
        """Adds what a tag shows, or begins or ends an element that is held back."""
        target = elements.link_target(tag) if tag.is_component or tag.name == "a" else ""
        if target:
            self.links.setdefault(target)
        if tag.kind == "close":
            self._close(tag.name)
        elif self.is_partial(tag.name):
            self.partials.append(tag)
        elif tag.name in HELD:
            self._hold(tag)
        elif self._in_code():
            found = LANGUAGE.search(tag.attributes.get("className", tag.attributes.get("class", "")))
            self.held[-1].language = found[1] if found else self.held[-1].language
            self.text("\n" if tag.name == "br" else "")
        else:
            if tag.name == "Tabs":
                self.labels = elements.tab_labels(tag)
            self._shown(elements.opening(tag, self.labels))

    def _shown(self, text: str) -> None:
        """Adds a tag's own text, apart from a word before it."""
        parts = self.held[-1].parts if self.held else self.parts
        apart = text and parts and parts[-1] and parts[-1][-1].isalnum() and text[0].isalnum()
        self.text(f" {text}" if apart else text)

    def _hold(self, tag: Tag) -> None:
        if len(self.held) >= NESTING:  # each holds all that is within it
            return
        self.held.append(Held(tag, HELD[tag.name]))
        if tag.kind == "self":
            self._close(tag.name)

    def _close(self, name: str) -> None:
        if not any(held.tag.name == name for held in self.held):
            self.text("" if self._in_code() else elements.closing(name))
            return
        while self.held:
            held = self.held.pop()
            self.text(self._shown_by(held))
            if held.tag.name == name:
                return

    def _shown_by(self, held: Held) -> str:
        content = "".join(held.parts)
        if held.kind == "nothing" or (held.kind != "link" and not content.strip()):
            return ""
        if held.kind == "code":
            attributes = held.tag.attributes
            found = LANGUAGE.search(attributes.get("className", attributes.get("class", "")))
            language = attributes.get("language") or held.language or (found[1] if found else "")
            return f"\n\n{fence(content, language, attributes.get('title', ''))}\n\n"
        if held.kind == "bold":
            return f"\n\n**{' '.join(content.replace('**', '').split())}**\n\n"
        target = elements.link_target(held.tag)
        content = content or " ".join(elements.text_of_props(held.tag))
        inside = content.strip()
        if not target or not inside or "\n\n" in inside:
            return content
        lead, tail = content[: len(content) - len(content.lstrip())], content[len(content.rstrip()) :]
        return f"{lead}[{inside}]({target}){tail}"


WRITERS: dict[str, Callable[[Inlines, Token], None]] = {
    "text": Inlines._text,
    "image": Inlines._image,
    "tag": lambda inlines, token: inlines.tag(token.meta["tag"]),
    "expression": lambda inlines, token: inlines.expression(token.content),
    "html_inline": lambda inlines, token: inlines.html(token.content),
    "hardbreak": lambda inlines, _: inlines.text("\n"),
    "code_inline": lambda inlines, token: inlines.text(inlines._code(token.content)),
    "footnote_ref": lambda inlines, token: inlines.text(f"[^{token.meta['label']}]"),
    "address": lambda inlines, token: inlines._address(token.content),
}
