"""The marks in a model's text that have to be looked at, and how they are made harmless.  Pure.

What is done with them, in which order, is `writer`'s.
"""

import re

SEAM = "\u200b"  # a zero-width space: on both sides of a mark, since some readers let it into host names
MAX_HELD = 2048  # characters; browsers' and crawlers' limit for an address
MAX_DEPTH = 8  # brackets in brackets: bounds how often a character is looked at
MAX_RUN = 64  # backticks or tildes in a row

# What may begin something that has to be looked at.  The last lines: such a beginning, cut off by
# the end of the piece.  Renderers link a bare address unless a letter stands right before it.
SPECIAL = re.compile(
    r"[\[<`\\@]|!\[|~~~|//|&#?[A-Za-z0-9]{1,40};|(?<![A-Za-z])(?:(?:https?|ftp)://|www\.)|"
    r"(?:!|~{1,2}|/|&#?[A-Za-z0-9]{0,40}|"
    r"(?<![A-Za-z])(?:h|ht|htt|https?:?/?|f|ft|ftp:?/?|ww?w?))\Z",
    re.IGNORECASE,
)
CITATION = re.compile(r"\s*(?:sources?\s*)?#?\d{1,2}(?:\s*(?:,|;|and|&)\s*#?\d{1,2})*\s*", re.IGNORECASE)
TAG_START = re.compile(r"<[A-Za-z/!?]")
ADDRESS_START = re.compile(r"(?:https?|ftp)://|www\.", re.IGNORECASE)
ADDRESS_END = re.compile(r"[\s<>\"`\[\]{}|\\^]")
ENTITY = re.compile(r"&#?[A-Za-z0-9]{1,40};")
KEPT_ENTITIES = ("&lt;", "&gt;", "&amp;", "&quot;", "&nbsp;")  # in no address
HARMLESS = " \n\t,?)*\"'"  # what follows a cut and cannot become a part of anything

IN_LABEL = str.maketrans({"[": "", "]": "", "\n": " ", "|": " "})

_PARTS = {pair: re.compile(rf"\\.|[{re.escape(pair)}]|\n\n", re.DOTALL) for pair in ("[]", "()")}
_IN_TARGET = str.maketrans({c: f"%{ord(c):02X}" for c in "()<> \\`|\n"})


def bracket_end(text: str, start: int, pair: str) -> int | None:
    """Where the bracket that opens at `start` closes: None when it has not yet, -1 when it never does."""
    depth = 0
    for part in _PARTS[pair].finditer(text, start, start + MAX_HELD):
        if part.group() == pair[0]:
            depth += 1
        elif part.group() == pair[1]:
            depth -= 1
        if part.group() == "\n\n" or depth > MAX_DEPTH:
            return -1
        if not depth:
            return part.start()
    return -1 if len(text) >= start + MAX_HELD else None


def address_of(target: str) -> str:
    """The address in a link's parentheses, without its title."""
    target = target.strip()
    if target.startswith("<"):
        return target[1:].split(">")[0]
    return target.split()[0] if target.split() else ""


def link(text: str, url: str) -> str:
    """A Markdown link.  Nothing in the address can end it."""
    return f"[{text}]({url.translate(_IN_TARGET)})"


def autolink(url: str) -> str:
    """A bare address as a link, with an end of its own: nothing that follows becomes a part of it."""
    return f"<{url.translate(_IN_TARGET)}>"


def escape(held: str) -> str:
    """An escape of two characters; kept apart where its character could be a part of an address."""
    return f"{SEAM}{held}{SEAM}" if held[1] in ":/.@" else held
