"""Walks through a parsed file and writes what its page says, imported files where they are used."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.token import Token

from ingest.docusaurus.markdown import elements
from ingest.docusaurus.markdown.directives import Directive
from ingest.docusaurus.markdown.document import Document
from ingest.docusaurus.markdown.fences import fence_of_info
from ingest.docusaurus.markdown.files import Files, Source
from ingest.docusaurus.markdown.inlines import Inlines
from ingest.docusaurus.markdown.preprocessing import ADMONITIONS
from ingest.docusaurus.markdown.sections import Container, Sections
from ingest.docusaurus.markdown.tags import Tag

RELATIVE_FILE = re.compile(r"\.\.?/[^?#]*\.mdx?(?:[?#]|\Z)", re.IGNORECASE)


@dataclass(slots=True)
class Rendering:
    """One page being written.  `chain` are the files in each other at this point, the page's first."""

    files: Files
    sections: Sections
    chain: list[Source]
    inlines: Inlines = field(init=False)
    props: dict[str, str] = field(default_factory=dict)
    lists: list[tuple[bool, bool]] = field(default_factory=list)  # is it tight, is its first item to come
    rows: list[list[str]] = field(default_factory=list)
    line: int = 1

    def __post_init__(self) -> None:
        self.inlines = Inlines(
            self._value, lambda name: self._document.partial(name) is not None, self._placed
        )

    @property
    def _document(self) -> Document:
        return self.chain[-1].document

    def write(self) -> None:
        """Writes the innermost file of `chain`."""
        source = self.chain[-1]
        self.inlines.emoji = source.dialect.emoji
        depth = len(self.sections.containers)
        for index, token in enumerate(source.document.tokens):
            if len(self.chain) == 1 and token.map:
                self.line = token.map[0] + 1
            handler = HANDLERS.get(token.type)
            if handler is not None:
                handler(self, index, token)
        self._flush(release=True)
        while len(self.sections.containers) > depth:
            self.sections.leave()

    def _flush(self, *, release: bool = False) -> None:
        """Writes out the text at hand, then the partials that were used in it."""
        if release:
            self.inlines.release()
        if self.inlines.held:
            self.inlines.text("\n\n")
        else:
            self.sections.write(self.inlines.take())
        used, self.inlines.partials = self.inlines.partials, []
        for tag in used:
            self._splice(tag)

    def _block(self, text: str) -> None:
        """Writes a finished block, or adds it to the element that holds everything back."""
        if self.inlines.held:
            self.inlines.text(f"\n\n{text}\n\n")
        else:
            self.sections.write(text)

    def _splice(self, tag: Tag) -> None:
        source = self.files.partial(self.chain, self._document.partial(tag.name) or "", self.line)
        if source is None:
            return
        kept = self.props, self.inlines.emoji, self.inlines.held, self.inlines.labels, self.rows
        self.props, self.inlines.held, self.rows = dict(tag.attributes), [], []
        self.chain.append(source)
        self.write()
        self.chain.pop()
        self.props, self.inlines.emoji, self.inlines.held, self.inlines.labels, self.rows = kept

    def _placed(self, target: str) -> str:
        """A link's target, seen from the page: the file that an imported one names lies beside that one."""
        if len(self.chain) == 1 or not RELATIVE_FILE.match(target):
            return target
        page, importing = self.chain[0].path.parent, self.chain[-1].path.parent
        return Path(os.path.relpath(importing / target, page)).as_posix()

    def _value(self, expression: str) -> str | None:
        """What a name or `props.name` in braces stands for, if a file or the place of use tells."""
        if expression.startswith("props."):
            return self.props.get(expression[6:])
        return self.files.raw(self.chain[-1], expression) if expression.isidentifier() else None

    # --- one method for each kind of token: (index, token) ---

    def _heading(self, index: int, token: Token) -> None:
        self._flush(release=True)
        facts = self._document.headings[index]
        anchored = bool(facts.level > 1 and facts.id and facts.title)
        is_title = index == self._document.title and len(self.chain) == 1
        if not anchored and not is_title:
            self.sections.write(f"**{facts.title}**" if facts.title else "")
        self.inlines.tokens(self._document.tokens[index + 1].children or ())  # for its links and partials
        self.inlines.release()
        self.inlines.take()
        if anchored:
            self.sections.start(facts.id, facts.title, facts.level)
        self._flush()

    def _inline(self, index: int, token: Token) -> None:
        before = self._document.tokens[index - 1] if index else token
        if before.type == "heading_open" or before.type in ("container_open", "leaf"):
            return  # written with its opening token
        self.inlines.tokens(token.children or ())
        if before.type in ("th_open", "td_open"):
            self.inlines.release()
            self.rows[-1].append(" ".join(self.inlines.take().split()).replace("|", "\\|"))
        else:
            self._flush()

    def _tag(self, index: int, token: Token) -> None:
        self.inlines.tag(token.meta["tag"])
        self._flush()

    def _expression(self, index: int, token: Token) -> None:
        self.inlines.expression(token.content)
        self._flush()

    def _html(self, index: int, token: Token) -> None:
        self.inlines.html(token.content)
        self._flush()

    def _code(self, index: int, token: Token) -> None:
        self._block(fence_of_info(token.content, token.info))

    def _plain(self, index: int, token: Token) -> None:
        self._block(token.content)

    def _list(self, index: int, token: Token) -> None:
        self.lists.append((index in self._document.tight, True))

    def _list_end(self, index: int, token: Token) -> None:
        self.lists.pop()

    def _item(self, index: int, token: Token) -> None:
        tight, first = self.lists[-1]
        self.lists[-1] = (tight, False)
        outer = self.sections.containers[-1].tight if self.sections.containers else False
        marker = f"{token.info}{token.markup} " if token.info else "- "
        self._enter(Container(marker, " " * len(marker), tight, outer if first else tight))

    def _quote(self, index: int, token: Token) -> None:
        outer = self.sections.containers[-1].tight if self.sections.containers else False
        self._enter(Container("> ", "> ", close=outer))

    def _footnote(self, index: int, token: Token) -> None:
        self._enter(Container(f"[^{token.meta['label']}]: ", "    "))

    def _enter(self, container: Container) -> None:
        self._flush(release=True)
        self.sections.enter(container)

    def _leave(self, index: int, token: Token) -> None:
        self._flush(release=True)
        self.sections.leave()

    def _directive(self, index: int, token: Token) -> None:
        self._flush(release=True)
        directive: Directive = token.meta["directive"]
        title = ""
        if token.meta.get("labelled"):
            self.inlines.tokens(self._document.tokens[index + 1].children or ())
            self.inlines.release()
            title = " ".join(self.inlines.take().split())
        if directive.name in (*ADMONITIONS, *self.chain[-1].dialect.admonition_keywords):
            title = elements.admonition(directive.name, directive.attributes.get("title") or title)
        self.sections.write(title)

    def _directive_end(self, index: int, token: Token) -> None:
        self._flush(release=True)

    def _table(self, index: int, token: Token) -> None:
        self.rows = []

    def _row(self, index: int, token: Token) -> None:
        self.rows.append([])

    def _table_end(self, index: int, token: Token) -> None:
        lines = ["| " + " | ".join(row) + " |" for row in self.rows]
        lines.insert(1, "|" + " --- |" * len(self.rows[0] if self.rows else ()))
        self.rows = []
        self._block("\n".join(lines))
        self._flush()


HANDLERS: dict[str, Callable[[Rendering, int, Token], None]] = {
    "heading_open": Rendering._heading,
    "inline": Rendering._inline,
    "tag": Rendering._tag,
    "expression": Rendering._expression,
    "html_block": Rendering._html,
    "plain": Rendering._plain,
    "fence": Rendering._code,
    "code_block": Rendering._code,
    "bullet_list_open": Rendering._list,
    "ordered_list_open": Rendering._list,
    "bullet_list_close": Rendering._list_end,
    "ordered_list_close": Rendering._list_end,
    "list_item_open": Rendering._item,
    "list_item_close": Rendering._leave,
    "blockquote_open": Rendering._quote,
    "blockquote_close": Rendering._leave,
    "footnote_reference_open": Rendering._footnote,
    "footnote_reference_close": Rendering._leave,
    "container_open": Rendering._directive,
    "leaf": Rendering._directive,
    "container_close": Rendering._directive_end,
    "table_open": Rendering._table,
    "tr_open": Rendering._row,
    "table_close": Rendering._table_end,
}
