"""A page's title and description where its front matter has none: found by pattern in the raw text.

Rules of `parseMarkdownContentTitle` and `createExcerpt` in @docusaurus/utils 3.10.  They are crude on
purpose: the `<title>` of the built page follows them, not the rendered heading.
"""

import re

from ingest.docusaurus.javascript import WHITESPACE, trim

LINE = r"[^\n\r\u2028\u2029]"  # what "." means in JavaScript
# The first character may be a line's end, so that "# " takes its title from the next line.
ATX_TITLE = re.compile(rf"#[ \t]+([^ \t]{LINE}*)(?:\r?\n|\Z)")
SETEXT_TITLE = re.compile(rf"({LINE}*)\r?\n=+(?:\r?\n|\Z)")
BLANK_LINE = re.compile(r"(?:\r?\n){2,}")
HEADING_ID = re.compile(r"#*[A-Za-z0-9_-]+")
INLINE_CODE = re.compile(r"`([^`]*)`")
# Patterns below look ahead to the end of the line again and again: longer lines are cut first.
LONGEST_EXCERPT = 4000
IMPORT_OR_EXPORT = re.compile(rf"(?:import|export)[{WHITESPACE}]")
CLEANING = [
    (re.compile(r"<[^>]*>"), ""),  # HTML tags
    (re.compile(r"^#[^#]+#?"), ""),  # the title
    (re.compile(rf"^#{{1,6}}[{WHITESPACE}]*([^#]*?)[{WHITESPACE}]*#{{0,6}}"), r"\1"),  # other headings
    (re.compile(rf"([*_]{{1,3}})({LINE}*?)\1"), r"\2"),  # emphasis
    (re.compile(rf"~~([^{WHITESPACE}]{LINE}*[^{WHITESPACE}])~~"), r"\1"),  # strikethrough
    (re.compile(rf"!\[({LINE}*?)\][\[(]{LINE}*?[\])]"), r"\1"),  # images
    (re.compile(rf"\[\^{LINE}+?\](?:: {LINE}*\Z)?"), ""),  # footnotes
    (re.compile(rf"\[({LINE}*?)\][\[(]{LINE}*?[\])]"), r"\1"),  # links
    (re.compile(rf"`({LINE}+?)`"), r"\1"),  # inline code
    (re.compile(rf"^[{WHITESPACE}]{{0,3}}>[{WHITESPACE}]?"), ""),  # quotes
    (re.compile(rf":::{LINE}*"), ""),  # admonitions
    (re.compile(rf"[{WHITESPACE}]?:(?:::|[^:\n])+:"), ""),  # emoji names
]
FIRST_ID = re.compile(r"\{#*[A-Za-z0-9_-]+\}")


def content_title(body: str) -> str | None:
    """The title that the first line of `body` (trimmed, without front matter) gives, or None.

    Leading import blocks are passed over; anything else before the heading means no title.
    """
    text = _without_imports(trim(body))
    if match := ATX_TITLE.match(text):
        return _plain(_without_closing(trim(match[1])))
    if match := SETEXT_TITLE.match(text):
        title = trim(match[1])
        return _plain(title.rstrip("=").rstrip(WHITESPACE) if title.endswith("=") else title)
    return None


def excerpt(body: str) -> str:
    """The first line of `body` that says something, without most of its markup; "" when none does."""
    body = re.sub(rf"\A{LINE}*\r?\n=+", "", body.lstrip(WHITESPACE))
    in_import, fence = False, 0
    for raw in re.split(r"\r?\n", body):
        line = trim(raw)
        if not line:
            in_import = False
        elif not fence and (in_import or IMPORT_OR_EXPORT.match(raw)):
            in_import = True
        elif line.startswith("```"):
            ticks = len(line) - len(line.lstrip("`"))
            fence = ticks if not fence else 0 if ticks >= fence else fence
        elif not fence and (cleaned := _cleaned(raw)):
            return cleaned
    return ""


def _cleaned(line: str) -> str:
    line = line[:LONGEST_EXCERPT]
    for pattern, replacement in CLEANING:
        line = pattern.sub(replacement, line)
    return trim(FIRST_ID.sub("", line, count=1))


def _without_imports(text: str) -> str:
    start = 0
    while text.startswith("import", start) and text[start + 6 : start + 7] in tuple(WHITESPACE):
        end = BLANK_LINE.search(text, start + 7)
        if end is None:
            break
        start = end.end()
    return text[start:].strip(WHITESPACE)


def _without_closing(title: str) -> str:
    """`title` without one closing `{#id}` or `{id}`, or one closing run of `#`."""
    if title.endswith("#"):
        return title.rstrip("#").rstrip(WHITESPACE)
    opening = title.rfind("{")
    if title.endswith("}") and opening >= 0 and HEADING_ID.fullmatch(title, opening + 1, len(title) - 1):
        return title[:opening].rstrip(WHITESPACE)
    return title


def _plain(title: str) -> str:
    return trim(INLINE_CODE.sub(r"\1", title))
