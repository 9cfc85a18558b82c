"""A tag as it is written: JSX in mdx files, HTML in md files.  What a tag shows is in `elements`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markdown_it.common.html_re import close_tag, open_tag

from ingest.docusaurus.markdown.entities import decode_entities
from ingest.docusaurus.markdown.javascript import NoEnd, expression_end, literal

NAME = r"(?:[^\W\d]|\$)[\w$-]*"
JSX_START = re.compile(rf"<(?![ \t\r\n])(?P<close>\s*/)?\s*(?P<name>{NAME}(?:\s*[.:]\s*{NAME})*)?")
JSX_STEP = re.compile(
    rf"\s*(?:(?P<done>/\s*>|>)|(?P<spread>\{{)|(?P<name>{NAME}(?:\s*:\s*{NAME})?)(?P<set>\s*=\s*)?)"
)
JSX_UNFINISHED = re.compile(r"\s*/?\s*\Z")
HTML_PIECE = re.compile(
    rf"(?P<dropped><!--[\s\S]*?(?:-->|\Z)|<\?[\s\S]*?(?:\?>|\Z)|<![A-Za-z\[][^>]*(?:>|\Z))"
    rf"|(?P<tag>{open_tag}|{close_tag})"
)
HTML_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")
HTML_ATTRIBUTE = re.compile(r"""([A-Za-z_:][\w:.-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    }
)

Kind = Literal["open", "close", "self"]


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag.  `name` is "" for a fragment.

    `attributes` are those with a known string value ("" for a bare name), entities decoded;
    `expressions` the sources of the others.
    """

    name: str
    kind: Kind
    attributes: dict[str, str] = field(default_factory=dict)
    expressions: dict[str, str] = field(default_factory=dict)

    @property
    def is_component(self) -> bool:
        """Whether React takes the name for a component rather than for an HTML element."""
        return self.name[:1].isupper() or "." in self.name


def read_jsx(text: str, pos: int, end: int) -> tuple[Tag, int] | NoEnd:
    """The JSX tag that starts at `pos` and the place after it; NoEnd when there is none before `end`."""
    start = JSX_START.match(text, pos, end)
    if start is None:
        return NoEnd(pos + 1 >= end, pos)
    closing, name = bool(start["close"]), re.sub(r"\s+", "", start["name"] or "")
    attributes: dict[str, str] = {}
    expressions: dict[str, str] = {}
    pos = start.end()
    while True:
        step = JSX_STEP.match(text, pos, end)
        if step is None or (not name and not step["done"]):
            return NoEnd(JSX_UNFINISHED.match(text, pos, end) is not None, pos)
        pos = step.end()
        if step["done"]:
            kind: Kind = "close" if closing else "self" if step["done"][0] == "/" else "open"
            return Tag(name, kind, attributes, expressions), pos
        after = _read_value(text, pos, end, step, (attributes, expressions))
        if isinstance(after, NoEnd):
            return after
        pos = after


def _read_value(
    text: str, pos: int, end: int, step: re.Match[str], into: tuple[dict[str, str], dict[str, str]]
) -> int | NoEnd:
    """Reads what follows an attribute's name, or a spread, `into` known and others; the place after."""
    attributes, expressions = into
    if step["spread"]:
        return expression_end(text, pos - 1, end)
    name = re.sub(r"\s+", "", step["name"])
    if not step["set"]:
        attributes[name] = ""
        return pos
    if pos >= end:
        return NoEnd(True, end)
    if text[pos] in "\"'":
        close = text.find(text[pos], pos + 1, end)
        if close < 0:
            return NoEnd(True, end)
        attributes[name] = decode_entities(text[pos + 1 : close])
        return close + 1
    if text[pos] != "{":
        return NoEnd(False, pos)
    after = expression_end(text, pos, end)
    if isinstance(after, NoEnd):
        return after
    value = literal(text[pos + 1 : after - 1])
    if value is None:
        expressions[name] = text[pos + 1 : after - 1]
    else:
        attributes[name] = value
    return after


def read_html(text: str) -> Iterator[Tag | str]:
    """Raw HTML as tags and the texts between them, entities decoded; comments and the like left out."""
    pos = 0
    for piece in HTML_PIECE.finditer(text):
        if piece.start() > pos:
            yield decode_entities(text[pos : piece.start()])
        pos = piece.end()
        if piece["tag"]:
            yield _html_tag(piece["tag"])
    if pos < len(text):
        yield decode_entities(text[pos:])


def _html_tag(source: str) -> Tag:
    match = HTML_NAME.match(source)
    name = match[1].lower() if match else ""
    if source.startswith("</"):
        return Tag(name, "close")
    rest = source[match.end() if match else 1 : -1]
    attributes = {
        found[1].lower(): decode_entities(found[2] or found[3] or found[4] or "")
        for found in HTML_ATTRIBUTE.finditer(rest)
    }
    return Tag(name, "self" if name in VOID else "open", attributes)
