"""One file parsed: its tokens, the facts of its headings, its imports, its outline.

What is true of the file alone.  Partials are not followed here: `outline` and `rendering` do that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.token import Token

from ingest.docusaurus.markdown.balance import Report, check_tags
from ingest.docusaurus.markdown.contract import BodyProblem, Dialect
from ingest.docusaurus.markdown.dialects import parser
from ingest.docusaurus.markdown.headings import HeadingFacts, heading_facts
from ingest.docusaurus.markdown.javascript import unescape, without_comments
from ingest.docusaurus.markdown.preprocessing import ADMONITIONS, prepare
from ingest.docusaurus.markdown.scanning import new_env, notes_of
from ingest.docusaurus.markdown.slugs import Slugger
from ingest.docusaurus.markdown.tags import Tag
from pipeline.models import Heading

STRING = r"""(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')"""
IMPORT = re.compile(
    r"(?:^|;)[ \t]*import\s+(?:([\w$]+)\s*,?\s*)?"
    rf"(?:\*\s*as\s+[\w$]+\s*|\{{([^{{}}]*)\}}\s*)?from\s*{STRING}",
    re.MULTILINE,
)
NAMED_TOC = re.compile(r"(?:^|,)\s*toc(?:\s+as\s+([\w$]+))?\s*(?:,|$)")
WRITTEN_ADMONITION = re.compile(r":{3,}([A-Za-z][\w-]*)")
MARKDOWN_FILE = re.compile(r"\.mdx?\Z")
TOC_EXPORT = re.compile(r"\s*export\s+(?:const|let|var)\s+toc\b[^=]*=")
TOC_ITEM = re.compile(r"\{([^{}]*)\}|\.\.\.\s*([\w$]+)")
TOC_FIELD = re.compile(rf"""["']?(value|id|level)["']?\s*:\s*(?:{STRING}|`([^`$]*)`|(\d+))""")


@dataclass(frozen=True, slots=True)
class Slice:
    """A place of the outline, in `line` (from 1), where that of the file imported as `specifier` belongs."""

    specifier: str
    line: int = 1


@dataclass(slots=True)
class Document:
    """A parsed file.  `headings`, `title` and `tight` go by the index of an opening token."""

    tokens: list[Token]
    headings: dict[int, HeadingFacts] = field(default_factory=dict)
    tight: set[int] = field(default_factory=set)  # lists whose items have no blank lines between them
    title: int = -1  # the H1 that Docusaurus takes for the page's title
    imports: dict[str, str] = field(default_factory=dict)  # default import -> specifier
    outline: list[Heading | Slice] = field(default_factory=list)
    problems: tuple[BodyProblem, ...] = ()

    def partial(self, name: str) -> str | None:
        """The specifier of the Markdown file that a component's name was imported from."""
        specifier = self.imports.get(name, "")
        return specifier if MARKDOWN_FILE.search(specifier) else None


def read_document(text: str, dialect: Dialect) -> Document:
    """Parses `text` (a file after its front matter).  Raises nothing."""
    prepared = prepare(text, dialect)
    env = new_env(prepared.text)
    tokens = parser(mdx=dialect.format == "mdx", comments=dialect.comments).parse(prepared.text, env)
    document = Document(tokens, tight=_tight_lists(tokens))
    toc: list[Heading | Slice] | None = None
    named: dict[str, str] = {}
    for token in tokens:
        if token.type == "module":
            named.update(_read_imports(token.content, document.imports))
            toc = _explicit_toc(token.content, named) or toc
    _read_headings(document, dialect)
    check_tags(tokens, notes_of(env).problem)
    _check_admonitions(tokens, dialect, notes_of(env).problem)
    document.outline = list(_outline(document)) if toc is None else toc
    document.problems = tuple(
        BodyProblem(prepared.original_line(problem.line), problem.message)
        for problem in sorted(notes_of(env).problems, key=lambda problem: problem.line)
    )
    return document


def _check_admonitions(tokens: list[Token], dialect: Dialect, report: Report) -> None:
    """Reports what looks like an admonition and is none: its content is shown without a frame."""
    known = (*ADMONITIONS, *dialect.admonition_keywords)
    for token in tokens:
        name = ""
        if token.type == "container_open":
            name = token.meta["directive"].name
        elif token.type == "inline" and (written := WRITTEN_ADMONITION.match(token.content)):
            name = written[1]  # its head is not a directive's, so that it is a text
        if name and (token.type == "inline" or name not in known):
            report(
                f"`:::{name}` is no admonition here: what is in it is taken as it is",
                token.map[0] if token.map else 0,
            )


def _tight_lists(tokens: list[Token]) -> set[int]:
    """The lists whose first paragraph is hidden, and those without any."""
    tight: set[int] = set()
    lists: list[int] = []
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(index)
            tight.add(index)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif (
            token.type == "paragraph_open"
            and not token.hidden
            and lists
            and token.level == tokens[lists[-1]].level + 2
        ):
            tight.discard(lists[-1])
    return tight


def _read_imports(source: str, imports: dict[str, str]) -> dict[str, str]:
    """Adds the default imports; gives the names under which `toc` is imported, with the specifiers."""
    named: dict[str, str] = {}
    for match in IMPORT.finditer(without_comments(source)):
        specifier = unescape(match[3] or match[4] or "")
        if match[1]:
            imports[match[1]] = specifier
        toc = NAMED_TOC.search(match[2] or "")
        if toc:
            named[toc[1] or "toc"] = specifier
    return named


def _explicit_toc(source: str, named: dict[str, str]) -> list[Heading | Slice] | None:
    """The items of `export const toc = [...]`, if that is what the block holds; None otherwise."""
    source = without_comments(source)
    start = TOC_EXPORT.match(source)
    if start is None:
        return None
    items: list[Heading | Slice] = []
    for item in TOC_ITEM.finditer(source, start.end()):
        if item[2]:
            items += [Slice(named[item[2]])] if item[2] in named else []
            continue
        fields = {found[1]: _value(found) for found in TOC_FIELD.finditer(item[1])}
        if "id" in fields and fields.get("level", "2").isdigit():
            items.append(Heading(fields["id"], fields.get("value", ""), int(fields.get("level", "2"))))
    return items


def _value(found: re.Match[str]) -> str:
    return unescape(next((group for group in found.groups()[1:] if group is not None), ""))


def _read_headings(document: Document, dialect: Dialect) -> None:
    slugger = Slugger()
    seen_any = False
    for index, token in enumerate(document.tokens):
        if token.type == "heading_open":
            children = document.tokens[index + 1].children or []
            facts = heading_facts(
                children,
                int(token.tag[1:]),
                slugger,
                maintain_case=dialect.maintain_case,
                emoji=dialect.emoji,
            )
            document.headings[index] = facts
            if not seen_any and facts.level == 1:
                document.title = index
            seen_any = True
        elif token.type == "hr":
            seen_any = True


def _outline(document: Document) -> Iterator[Heading | Slice]:
    line = 0
    for index, token in enumerate(document.tokens):
        line = token.map[0] if token.map else line
        if token.type == "heading_open" and document.headings[index].listed:
            facts = document.headings[index]
            yield Heading(facts.id, facts.text, facts.level)
        for tag in _flow_tags(token, in_paragraph=document.tokens[index - 1].type == "paragraph_open"):
            specifier = document.partial(tag.name) if tag.kind != "close" else None
            if specifier:
                yield Slice(specifier, line + 1)


def _flow_tags(token: Token, *, in_paragraph: bool) -> Iterator[Tag]:
    """The tags of a token that are blocks: on lines of their own, or outer ones of a paragraph of only tags."""
    if token.type == "tag":
        yield token.meta["tag"]
    if not in_paragraph or not token.children:
        return
    children = token.children
    if any(child.type == "tag" for child in children) and _only_tags(children):
        depth = 0
        for child in children:
            tag = child.meta.get("tag")
            if tag is None:
                continue
            depth -= tag.kind == "close"
            if depth == 0:
                yield tag
            depth += tag.kind == "open"


def _only_tags(children: list[Token]) -> bool:
    """Whether what stands outside of the tags is only space and expressions."""
    depth = 0
    for child in children:
        tag = child.meta.get("tag")
        if tag is not None:
            depth += {"open": 1, "close": -1, "self": 0}[tag.kind]
        elif depth <= 0 and _says_something(child):
            return False
    return True


def _says_something(token: Token) -> bool:
    if token.type == "expression":
        return False
    return bool(token.nesting or token.type in ("image", "footnote_ref") or token.content.strip())
