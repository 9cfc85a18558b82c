"""Just enough JavaScript to find where an expression or a module block ends, and what it shows.

MDX asks a real parser where `{...}` ends.  Here a lexer with a stack of its own keeps brackets,
strings, templates, comments, regular expressions and JSX apart; it does not check grammar.  One
pass, no recursion, whatever the nesting.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.docusaurus.markdown.entities import decode_entities

TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<comment>//[^\n]*|/\*)
    | (?P<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')
    | (?P<word>[\w$]+)
    | (?P<open>[({\[])
    | (?P<close>[)}\]])
    | (?P<tick>`)
    | (?P<regex>/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*)
    | (?P<tag></?[A-Za-z_$>])
    | (?P<other>.)""",
    re.VERBOSE,
)
TEMPLATE_STOP = re.compile(r"\\[\s\S]|`|\$\{")
TAG_TOKEN = re.compile(r""""[^"]*"|'[^']*'|/\s*>|[{>]|/\*|[^"'/{>]+|.""", re.DOTALL)
CHILD_STOP = re.compile(r"[<{]")
PAIRS = {")": "(", "}": "{", "]": "["}
VALUE_END = re.compile(r"[\w$)\]}\"'`]")
OPERATOR_WORDS = frozenset({"return", "typeof", "case", "in", "of", "default", "do", "else", "void", "await"})
UNFINISHED = re.compile(r"(?:[=,+\-*&|?:<.(\[{]|=>)\Z")
BLOCK_GAP = re.compile(r"[ \t]*(?:\n[ \t]*(?=\n)|\n(?=#{1,6} ))")
ESCAPE = re.compile(r"\\(u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|\r?\n|[\s\S])")
SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
LITERAL = re.compile(r"""\s*(?:(["'])((?:(?!\1)[^\\]|\\[\s\S])*)\1|`((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)`)\s*""")


@dataclass(frozen=True, slots=True)
class NoEnd:
    """A scan that found no end: `missing` if the text ended first, else something does not match at `pos`."""

    missing: bool
    pos: int


@dataclass(slots=True)
class Scan:
    """A scan under way: `stack` holds what is open ("(", "{", "[", "`", "<" a tag, ">" an element)."""

    text: str
    pos: int
    end: int
    stack: list[str] = field(default_factory=list)
    previous: str = ""  # the last token that is not space, as far as it tells value from operator
    shown: list[str] = field(default_factory=list)  # JSX text that a reader sees
    closing: bool = False  # the tag being read is `</...>`


def expression_end(text: str, pos: int, end: int) -> int | NoEnd:
    """Where the `{...}` that starts at `pos` ends, after its brace; `end` bounds the look."""
    scan = Scan(text, pos, end)
    return _run(scan, until_closed=True)


def block_end(text: str, *, whole: bool) -> int | NoEnd:
    """Where a module block at the start of `text` ends: before a blank line, or before a Markdown heading.

    It ends where everything is closed and no operator waits for more; at the text's end only if that is
    the `whole` text.
    """
    scan = Scan(text, 0, len(text))
    while scan.pos < scan.end:
        if not scan.stack and BLOCK_GAP.match(text, scan.pos) and not UNFINISHED.search(scan.previous):
            return scan.pos
        if not _step(scan):
            return NoEnd(False, scan.pos)
    if whole and not scan.stack and not UNFINISHED.search(scan.previous):
        return scan.end
    return NoEnd(True, scan.end)


def shown_text(source: str) -> str:
    """The text that the JSX inside an expression shows: element text, one space between pieces."""
    scan = Scan(source, 0, len(source))
    _run(scan, until_closed=False)
    pieces = (" ".join(decode_entities(piece).split()) for piece in scan.shown)
    return " ".join(piece for piece in pieces if piece)


def literal(source: str) -> str | None:
    """The value of an expression that is one string, or one template without `${}`; else None."""
    match = LITERAL.fullmatch(source)
    if match is None:
        return None
    return unescape(match[2] if match[1] else match[3])


def unescape(text: str) -> str:
    r"""A JavaScript string's value: `\_` is `_`, `\n` a line break."""

    def value(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            number = int(code[1:].strip("{}"), 16)
            return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"
        if code in ("\n", "\r\n"):
            return ""
        return SIMPLE_ESCAPES.get(code, code)

    return ESCAPE.sub(value, text) if "\\" in text else text


def without_comments(text: str) -> str:
    """`text` with its comments blanked out, strings and templates untouched."""
    return "".join(piece for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    for match in re.finditer(
        r"""(//[^\n]*|/\*[\s\S]*?\*/)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|[^"'`/]+|.""",
        text,
        re.DOTALL,
    ):
        yield " " if match[1] else match[0]


def _run(scan: Scan, *, until_closed: bool) -> int | NoEnd:
    """Steps through the text.  With `until_closed`, ends after the bracket that closes the first one."""
    while scan.pos < scan.end:
        if not _step(scan):
            return NoEnd(False, scan.pos)
        if until_closed and not scan.stack:
            return scan.pos
    return NoEnd(True, scan.end)


def _step(scan: Scan) -> bool:
    """Goes past one token; False if it closes something that is not open."""
    top = scan.stack[-1] if scan.stack else ""
    if top == "`":
        return _in_template(scan)
    if top == "<":
        return _in_tag(scan)
    return _in_element(scan) if top == ">" else _in_code(scan)


def _in_code(scan: Scan) -> bool:
    match = TOKEN.match(scan.text, scan.pos, scan.end)
    if match is None:
        return False
    kind, piece = match.lastgroup, match[0]
    if piece == "/*":
        return _block_comment(scan)
    if kind in ("regex", "tag") and _after_value(scan.previous):
        scan.pos, scan.previous = scan.pos + 1, piece[0]
        return True
    if kind == "tag":
        return _open_tag(scan)
    scan.pos = match.end()
    if kind in ("space", "comment"):
        return True
    if kind == "string" and scan.stack[-2:] == [">", "{"]:
        scan.shown.append(unescape(piece[1:-1]))
    if kind in ("string", "regex"):
        scan.previous = '"'
    else:
        scan.previous = (scan.previous + piece)[-2:] if kind == "other" else piece
    return _bracket(scan, kind, piece)


def _block_comment(scan: Scan) -> bool:
    close = scan.text.find("*/", scan.pos + 2, scan.end)
    if close < 0:
        scan.stack.append("/")
    scan.pos = scan.end if close < 0 else close + 2
    return True


def _bracket(scan: Scan, kind: str | None, piece: str) -> bool:
    """Opens or closes what the piece opens or closes; False if it closes something else."""
    if kind == "open":
        scan.stack.append(piece)
    elif kind == "tick":
        scan.stack.append("`")
    elif kind == "close":
        return bool(scan.stack) and scan.stack.pop() == PAIRS[piece]
    return True


def _after_value(previous: str) -> bool:
    """Whether `/` or `<` after this token divides or compares instead of opening something."""
    return bool(previous) and previous not in OPERATOR_WORDS and bool(VALUE_END.match(previous[-1]))


def _in_template(scan: Scan) -> bool:
    match = TEMPLATE_STOP.search(scan.text, scan.pos, scan.end)
    if match is None:
        scan.pos = scan.end
        return True
    scan.pos = match.end()
    if match[0] == "`":
        scan.stack.pop()
        scan.previous = "`"
    elif match[0] == "${":
        scan.stack.append("{")
        scan.previous = ""
    return True


def _open_tag(scan: Scan) -> bool:
    scan.closing = scan.text.startswith("</", scan.pos)
    scan.pos += 2 if scan.closing else 1
    scan.stack.append("<")
    return True


def _in_tag(scan: Scan) -> bool:
    match = TAG_TOKEN.match(scan.text, scan.pos, scan.end)
    if match is None:
        return False
    piece = match[0]
    if piece == "/*":
        return _block_comment(scan)
    scan.pos = match.end()
    if piece == "{":
        scan.stack.append("{")
        scan.previous = ""
    elif piece == ">" and not scan.closing:
        scan.stack[-1] = ">"
    elif piece[-1] == ">" and piece[0] in "/>":
        _end_element(scan)
    return True


def _end_element(scan: Scan) -> None:
    """After `/>`, or the `>` of a closing tag."""
    scan.stack.pop()
    if scan.closing and scan.stack and scan.stack[-1] == ">":
        scan.stack.pop()
    scan.closing = False
    scan.previous = ")"


def _in_element(scan: Scan) -> bool:
    match = CHILD_STOP.search(scan.text, scan.pos, scan.end)
    stop = match.start() if match else scan.end
    if stop > scan.pos:
        scan.shown.append(scan.text[scan.pos : stop])
    scan.pos = stop
    if match is None:
        return True
    if match[0] == "{":
        scan.stack.append("{")
        scan.previous = ""
        scan.pos += 1
        return True
    return _open_tag(scan)
