"""What Docusaurus does to a file's text before it is parsed: regular expressions over lines.

They know nothing of Markdown and also hit code fences, as there.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

from ingest.docusaurus.markdown.contract import Dialect

ADMONITIONS = (
    "secondary", "info", "success", "danger", "note", "tip", "warning", "important", "caution",
)  # fmt: skip
OPENING = re.compile(r" *(```|````) *mdx-code-block")
HEADING = re.compile(r"^(#{1,6}(?!#).*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text to parse.  `cuts` are the lines (from 0, in the original) that are missing from it."""

    text: str
    cuts: tuple[int, ...] = ()

    def original_line(self, line: int) -> int:
        """The line, from 1, of the text given for a line, from 1, of the text prepared."""
        shifted = [cut - index for index, cut in enumerate(self.cuts)]
        return line + bisect_right(shifted, line - 1)


def prepare(text: str, dialect: Dialect) -> Prepared:
    """`text` with `mdx-code-block` fences unwrapped and MDX 1 habits translated."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cuts: tuple[int, ...] = ()
    if "mdx-code-block" in text:
        lines = _unwrap(_unwrap(list(enumerate(text.split("\n"))), "```"), "````")
        kept = {number for number, _ in lines}
        cuts = tuple(number for number in range(lines[-1][0] if lines else 0) if number not in kept)
        text = "\n".join(line for _, line in lines)
    if dialect.heading_ids and "{#" in text:
        text = HEADING.sub(_escape_id, text)
    if dialect.admonitions and ":::" in text:
        names = "|".join(map(re.escape, (*ADMONITIONS, *dialect.admonition_keywords)))
        text = re.sub(rf"^((?:> ?)*)( +|\t+)?(:{{3,}}(?:{names})) +(.*)$", _label, text, flags=re.MULTILINE)
    return Prepared(text, cuts)


def _escape_id(match: re.Match[str]) -> str:
    return match[0].replace("{#", "\\{#", 1).replace("\\\\{#", "\\{#", 1)


def _label(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2] or ''}{match[3]}[{match[4]}]"


def _unwrap(lines: list[tuple[int, str]], fence: str) -> list[tuple[int, str]]:
    """Drops each opening and closing line; the line right after a closing one cannot open again."""
    out: list[tuple[int, str]] = []
    index, barred = 0, -1
    closing = [at for at, (_, line) in enumerate(lines) if line.lstrip(" ") == fence]
    while index < len(lines):
        opening = OPENING.fullmatch(lines[index][1])
        end = bisect_right(closing, index + 1) if opening and opening[1] == fence else len(closing)
        if end == len(closing) or index == barred:
            out.append(lines[index])
            index += 1
            continue
        out += lines[index + 1 : closing[end]]
        index = barred = closing[end] + 1
    return out
