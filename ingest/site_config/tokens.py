"""A JavaScript or TypeScript file as a list of tokens: Pygments' lexer, with strings and templates made whole.

Space, comments and the difference between keywords and names are left behind; `literal` gives the
tokens their meaning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

OPENING = {"(": ")", "[": "]", "{": "}"}
Kind = Literal["string", "template", "number", "word", "mark"]
SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is a string's value, else what stands in the file from `start`.

    A `template` is one with `${}` in it.
    """

    kind: Kind
    text: str
    start: int


def tokens_of(source: str) -> list[Token]:
    """The tokens of `source`, whatever it is."""
    # Heavy: only for a site whose configuration cannot be run.
    # Pygments has no types, and its stubs are not worth a dependency.
    from pygments.lexers.javascript import JavascriptLexer  # type: ignore[import-untyped]
    from pygments.token import Comment, Number, String, Whitespace  # type: ignore[import-untyped]

    found: list[Token] = []
    pieces = JavascriptLexer().get_tokens_unprocessed(source)
    for start, kind, text in pieces:
        if kind in Comment or kind in Whitespace or not text.strip():
            continue
        if kind is String.Backtick:
            found.append(_template(start, ((inner in String.Interpol, piece) for _, inner, piece in pieces)))
        elif kind is String.Single or kind is String.Double:
            found.append(Token("string", unescaped(text[1:-1]), start))
        elif kind in Number:
            found.append(Token("number", text, start))
        else:
            word = text[0].isalpha() or text[0] in "_$"
            found.append(Token("word" if word else "mark", text, start))
    return found


def closings(tokens: Sequence[Token]) -> dict[int, int]:
    """For each opening bracket's place the place of the one that closes it."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in OPENING:
            stack.append(place)
        elif stack and token.text == OPENING[tokens[stack[-1]].text]:
            pairs[stack.pop()] = place
    return pairs


def _template(start: int, pieces: Iterator[tuple[bool, str]]) -> Token:
    """The template that has just begun, to its end.  `pieces` are (belongs to `${}`, text)."""
    open_parts = ["`"]
    text = ""
    filled = False
    for interpolation, piece in pieces:
        if interpolation:
            filled = True
            if piece == "${":
                open_parts.append(piece)
            elif open_parts[-1] == "${":
                open_parts.pop()
        elif piece == "`":
            if open_parts[-1] != "`":
                open_parts.append("`")
                continue
            open_parts.pop()
            if not open_parts:
                break
        elif len(open_parts) == 1:
            text += piece
    return Token("template", text, start) if filled else Token("string", unescaped(text), start)


def unescaped(text: str) -> str:
    r"""The value of what stands between a string's quotes: `\'` is `'`, `\u00e9` is `é`."""
    value = ""
    place = 0
    while (slash := text.find("\\", place)) >= 0 and slash + 1 < len(text):
        value += text[place:slash]
        letter = text[slash + 1]
        place = slash + 2
        if letter in "ux":
            code, place = _code(text, slash + 1)
            value += code
        else:
            value += SIMPLE_ESCAPES.get(letter, letter)
    return value + text[place:]


def _code(text: str, letter: int) -> tuple[str, int]:
    """The character of `\\xHH`, `\\uHHHH` or `\\u{H...}` whose letter stands at `letter`, and where it ends."""
    if text.startswith("u{", letter):
        close = text.find("}", letter)
        digits, end = (text[letter + 2 : close], close + 1) if close > 0 else ("", letter + 2)
    else:
        end = letter + (5 if text[letter] == "u" else 3)
        digits = text[letter + 1 : end]
    try:
        number = int(digits, 16)
    except ValueError:
        return "", end
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd", end
