"""A file's tokens as places to walk over: forward, over brackets, to the end of an expression.

What stands there, and means, is for `literal` to say.
"""

from ingest.site_config.tokens import OPENING, Token, closings, tokens_of

STEPS = 300_000  # over tokens, in all, some 2 s: constants that use one another may multiply
SHOWN = 60  # characters of an excerpt
DELIMITERS = frozenset({",", ";", ")", "]", "}"})
NOTHING = Token("mark", "", 0)


class TooEntangledError(Exception):
    """More steps than any real file needs."""


class Code:
    """A place is a token's index; past the end stands NOTHING."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = tokens_of(source)
        self._closing = closings(self._tokens)
        self._steps = STEPS
        self.length = len(self._tokens)

    def at(self, place: int) -> Token:
        """The token at `place`."""
        return self._tokens[place] if place < self.length else NOTHING

    def has(self, place: int, *texts: str) -> bool:
        """Whether one of `texts` stands at `place`, and not as a string."""
        token = self.at(place)
        return token.kind in ("mark", "word") and token.text in texts

    def closing(self, place: int) -> int:
        """Where the bracket at `place` closes: the end if it does not."""
        return self._closing.get(place, self.length)

    def past(self, place: int) -> int:
        """The place after this token, or after the bracket that closes it.

        Every way forward goes by here.  Raises TooEntangledError.
        """
        self._steps -= 1
        if self._steps < 0:
            raise TooEntangledError
        token = self.at(place)
        return self.closing(place) + 1 if token.kind == "mark" and token.text in OPENING else place + 1

    def skip(self, place: int) -> int:
        """The next delimiter from `place` on that belongs to what encloses it."""
        while place < self.length and not (self.at(place).kind == "mark" and self.has(place, *DELIMITERS)):
            place = self.past(place)
        return place

    def past_type(self, place: int, *stops: str) -> int:
        """The delimiter, or one of `stops`, after the TypeScript type at `place`.

        What stands between angle brackets is passed over.
        """
        angles = 0
        while place < self.length and (angles > 0 or not self.has(place, *DELIMITERS, *stops)):
            text = self.at(place).text if self.at(place).kind == "mark" else ""
            angles += text.count("<") - (text.count(">") if text != "=>" else 0)
            place = self.past(place)
        return place

    def excerpt(self, place: int, end: int) -> str:
        """What is written from `place` to before `end`, on one line, cut short."""
        start = self.at(place).start
        stop = self.at(end).start if end < self.length else len(self._source)
        text = " ".join(self._source[start : min(stop, start + 4 * SHOWN)].split())
        return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
