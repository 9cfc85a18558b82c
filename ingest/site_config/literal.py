"""What stands literally in a configuration file: a reader of JavaScript's values that runs nothing.

Objects, arrays, texts, numbers and names of constants are read; so are `require.resolve("x")`,
TypeScript's `satisfies` and `as`, and the object that a function returns.  Everything else (calls,
conditions, templates with `${}`) becomes the mark of `options`, with its own source as the reason.
"""

from dataclasses import dataclass, field
from typing import Any

from ingest.site_config.code import Code, TooEntangledError
from ingest.site_config.options import A_FUNCTION, UNSEEN, unseen, why_unseen

LARGEST_FILE = 256 * 1024  # characters; real ones have up to 50,000
DEPTH = 40  # objects in objects, names of names
WORDS = {"true": True, "false": False, "null": None, "undefined": None}
GOES_ON = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "%",
        "**",
        "&&",
        "||",
        "??",
        "?",
        ".",
        "?.",
        "(",
        "[",
        "=>",
        "==",
        "===",
        "!=",
        "!==",
        "<",
        ">",
        "<=",
        ">=",
        "!",
        "in",
        "instanceof",
    ]
)


class NotLiteralError(Exception):
    """No object that the file exports could be found."""


def read_literally(source: str) -> dict[str, Any]:
    """The configuration's tree (see `options`), as far as it stands in `source`.  Raises NotLiteralError."""
    if len(source) > LARGEST_FILE:
        raise NotLiteralError("the file is larger than 256 kB")
    try:
        value = _Reader(Code(source)).exported()
    except TooEntangledError:
        raise NotLiteralError("it is too entangled to be read without running it") from None
    if not isinstance(value, dict) or UNSEEN in value:
        given = why_unseen(value)
        raise NotLiteralError(f"it gives {given}" if given else "it exports nothing that can be read")
    return value


@dataclass(slots=True)
class _Scope:
    """Where the values of the names of a module or a function's body begin."""

    names: dict[str, int] = field(default_factory=dict)
    outer: "_Scope | None" = None
    result: int | None = None  # what it exports or returns

    def find(self, name: str) -> "tuple[int, _Scope] | None":
        if name in self.names:
            return self.names[name], self
        return self.outer.find(name) if self.outer else None


class _Reader:
    """Reads values from tokens.  `place` is always a token's place; past the end stands NOTHING."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def exported(self) -> Any:
        scope = self._scope(0, self._code.length, None)
        if scope.result is None:
            return None
        return self._result(scope.result, scope, 0)

    # ---- statements ----

    def _scope(self, start: int, end: int, outer: _Scope | None) -> _Scope:
        scope = _Scope(outer=outer)
        place = start
        while place < end:
            self._note(place, scope)
            place = self._code.past(place)
        return scope

    def _note(self, place: int, scope: _Scope) -> None:
        """What the statement that may begin at `place` names or gives."""
        word = self._code.at(place).text if self._code.at(place).kind == "word" else ""
        if word in ("const", "let", "var"):
            value = self._assigned(place + 2)
            if value is not None:
                scope.names.setdefault(self._code.at(place + 1).text, value)
        elif word == "function" and self._code.at(place + 1).kind == "word":
            scope.names.setdefault(self._code.at(place + 1).text, place)
        elif word == "return":
            scope.result = place + 1
        else:
            scope.result = self._export(place) or scope.result

    def _export(self, place: int) -> int | None:
        for words in (("export", "default"), ("module", ".", "exports", "="), ("exports", ".", "default", "="),
                      ("export", "=")):  # fmt: skip
            if all(self._code.at(place + i).text == word for i, word in enumerate(words)):
                return place + len(words)
        if self._code.has(place, "export") and self._code.has(place + 1, "{"):
            inside = range(place + 2, self._code.closing(place + 1))
            named = (i for i in inside if self._code.has(i + 1, "as") and self._code.has(i + 2, "default"))
            return next(named, None)
        return None

    def _assigned(self, place: int) -> int | None:
        """Where the value begins after a declared name and its type."""
        while not self._code.has(place, "=", ";", ""):
            place = self._code.past(place)
        return place + 1 if self._code.has(place, "=") else None

    # ---- values ----

    def _value(self, place: int, scope: _Scope, depth: int) -> tuple[Any, int]:
        """The value of the expression at `place`, and the place of the delimiter after it."""
        if depth > DEPTH:
            return unseen("nested too deeply"), self._code.skip(place)
        value, after = self._simple(place, scope, depth)
        if self._code.has(after, "||", "??"):
            return self._either(value, place, after, scope, depth)
        if self._code.has(after, "as", "satisfies"):
            return value, self._code.past_type(after + 1)
        if self._code.at(after).kind != "string" and self._code.at(after).text in GOES_ON:
            return self._opaque(place)
        return value, after

    def _either(self, value: Any, place: int, after: int, scope: _Scope, depth: int) -> tuple[Any, int]:
        """`process.env.NAME || value`: a build has no such variable, so that the value stands."""
        if self._code.has(place, "process") and self._code.has(place + 2, "env"):
            return self._value(after + 1, scope, depth + 1)
        return self._opaque(place) if why_unseen(value) is not None else (value, self._code.skip(after))

    def _simple(self, place: int, scope: _Scope, depth: int) -> tuple[Any, int]:
        token = self._code.at(place)
        if token.kind == "string":
            return token.text, place + 1
        if token.kind == "number":
            return _number(token.text), place + 1
        if token.text == "{":
            return self._object(place, scope, depth), self._code.past(place)
        if token.text == "[":
            return self._array(place, scope, depth), self._code.past(place)
        if self._body(place) is not None:
            return unseen(A_FUNCTION), self._code.skip(place)
        if token.text == "(":
            return self._value(place + 1, scope, depth + 1)[0], self._code.past(place)
        return self._word(place, scope, depth)

    def _word(self, place: int, scope: _Scope, depth: int) -> tuple[Any, int]:
        texts = [self._code.at(place + i).text for i in range(4)]
        if self._code.at(place).kind != "word":
            return self._opaque(place)
        if texts[0] in WORDS:
            return WORDS[texts[0]], place + 1
        if texts[0] == "await" and depth < DEPTH:
            return self._simple(place + 1, scope, depth + 1)
        if texts == ["require", ".", "resolve", "("] and self._code.at(place + 4).kind == "string":
            return self._code.at(place + 4).text, self._code.past(place + 3)
        if texts[:3] == ["process", ".", "env"]:
            return unseen("from the environment"), place + 5
        found = scope.find(texts[0])
        if found is None:
            return unseen(f"`{texts[0]}`"), place + 1
        return self._value(found[0], found[1], depth + 1)[0], place + 1

    def _result(self, place: int, scope: _Scope, depth: int) -> Any:
        """The value at `place`, or what it returns if it is a function."""
        named = scope.find(self._code.at(place).text) if self._code.at(place).kind == "word" else None
        if named is not None and not self._code.has(place + 1, *GOES_ON) and depth < DEPTH:
            return self._result(named[0], named[1], depth + 1)
        body = self._body(place)
        if body is None:
            return self._value(place, scope, depth)[0]
        if not self._code.has(body, "{"):
            return self._value(body, scope, depth)[0]
        inside = self._scope(body + 1, self._code.closing(body), scope)
        return None if inside.result is None else self._value(inside.result, inside, depth + 1)[0]

    def _body(self, place: int) -> int | None:
        """Where the body of the function at `place` begins; None when no function stands there."""
        if self._code.has(place, "async"):
            place += 1
        written = self._code.has(place, "function")
        while written and not self._code.has(place, "(", ""):
            place = self._code.past(place)
        parameters = self._code.has(place, "(")
        if not parameters and self._code.at(place).kind != "word":
            return None
        after = self._code.past(place)
        if parameters and self._code.has(after, ":"):  # the type of what it returns
            after = self._code.past_type(after + 1, "{" if written else "=>")
        if written:
            return after if self._code.has(after, "{") else None
        return after + 1 if self._code.has(after, "=>") else None

    def _array(self, place: int, scope: _Scope, depth: int) -> list[Any]:
        items: list[Any] = []
        end = self._code.closing(place)
        place += 1
        while place < end:
            spread = self._code.has(place, "...")
            begin = place + 1 if spread else place
            value, after = self._value(begin, scope, depth + 1)
            items += value if spread and isinstance(value, list) else [self._spread(value, begin, spread)]
            place = self._code.skip(after) + 1
        return items

    def _object(self, place: int, scope: _Scope, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        end = self._code.closing(place)
        place += 1
        while place < end:
            place = self._code.skip(self._member(place, values, scope, depth)) + 1
        return values

    def _member(self, place: int, values: dict[str, Any], scope: _Scope, depth: int) -> int:
        """Reads one member into `values`; gives a place in it that is in no bracket of its own."""
        key = self._code.at(place)
        if key.text == "..." and key.kind == "mark":
            value, after = self._value(place + 1, scope, depth + 1)
            if isinstance(value, dict) and UNSEEN not in value:
                values.update(value)
            else:
                name = (
                    self._code.at(place + 1).text
                    if self._code.at(place + 1).kind == "word"
                    else str(len(values))
                )
                values[f"...{name}"] = self._spread(value, place + 1, True)
            return after
        if key.kind == "mark" or not self._code.has(place + 1, ":", ",", "}", "("):
            return place  # a computed key, a getter, an async method: nothing of ours
        if self._code.has(place + 1, "("):
            values[key.text] = unseen(A_FUNCTION)
            return place
        begin = place + 2 if self._code.has(place + 1, ":") else place
        values[key.text], after = self._value(begin, scope, depth + 1)
        return after

    def _spread(self, value: Any, place: int, spread: bool) -> Any:
        return self._opaque(place)[0] if spread else value

    def _opaque(self, place: int) -> tuple[Any, int]:
        """The mark for the expression at `place`, and the place of the delimiter after it."""
        end = self._code.skip(place)
        return unseen(f"`{self._code.excerpt(place, end)}`"), max(end, place)


def _number(text: str) -> int | float | None:
    plain = text.replace("_", "")
    try:
        return int(plain, 0)
    except ValueError:
        pass
    try:
        return float(plain)
    except ValueError:
        return None
