"""Whether the JSX tags of a file make elements.  MDX refuses a file where they do not; here it is said."""

from collections.abc import Callable

from markdown_it.token import Token

from ingest.docusaurus.markdown.tags import Tag

Report = Callable[[str, int], None]
"""Takes a message and a line counted from 0."""


def check_tags(tokens: list[Token], report: Report) -> None:
    """Reports tags that nothing closes, or that close what is not open, within text and container."""
    line = 0
    containers: list[list[tuple[str, int]]] = [[]]
    for token in tokens:
        line = token.map[0] if token.map else line
        if token.type == "tag":
            _match(token.meta["tag"], line, containers[-1], report)
        elif token.type == "inline" and token.children:
            opened: list[tuple[str, int]] = []
            for child in token.children:
                if child.type == "tag":
                    _match(child.meta["tag"], line, opened, report)
            _unclosed(opened, report)
        elif token.nesting > 0:
            containers.append([])
        elif token.nesting < 0:
            _unclosed(containers.pop(), report)
    _unclosed(containers[0], report)


def _match(tag: Tag, line: int, opened: list[tuple[str, int]], report: Report) -> None:
    if tag.kind == "open":
        opened.append((tag.name, line))
    elif tag.kind == "close":
        if opened and opened[-1][0] == tag.name:
            opened.pop()
        else:
            report(f"</{tag.name}> closes nothing that is open here", line)


def _unclosed(opened: list[tuple[str, int]], report: Report) -> None:
    for name, line in opened:
        report(f"<{name}> is never closed", line)
