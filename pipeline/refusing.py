"""The word with which a model refuses, told from its text while it streams.

Models are asked for the word alone, and say it in their own ways: in bold, in brackets, in small
letters, with a full stop, after an apology.  At the beginning of an answer it is a refusal whatever
follows; at the end it is one; with other words on both sides it is a mention, and stays.
"""

import re

from pipeline.prompts import NOT_IN_DOCS

AROUND = r"[\s`*_\"'“”«»„.,:;!#>(){}\[\]<-]"
FIRST = re.compile(rf"{AROUND}*{NOT_IN_DOCS}", re.IGNORECASE)
# Nothing of AROUND before it, and none of it given back: else a long run of spaces is read once from each of them.
LAST = re.compile(rf"(?<!{AROUND}){AROUND}*+{NOT_IN_DOCS}{AROUND}*\Z", re.IGNORECASE)
NOTHING = re.compile(rf"{AROUND}*\Z")


class RefusalWatch:
    """Passes a model's text on, piece by piece, but for the word that refuses."""

    def __init__(self) -> None:
        self._held = ""
        self._spoken = False
        self.refused = False
        """Whether the word came where it refuses; final after `close`, or as soon as it is true."""

    def feed(self, piece: str) -> str:
        """What can be shown by now."""
        text = self._held + piece
        if not self._spoken and FIRST.match(text):
            self.refused = True
            self._held = ""
            return ""
        shown, self._held = _parted(text)
        if not self._spoken and NOTHING.match(shown):
            shown, self._held = "", text
        self._spoken = self._spoken or bool(shown)
        return shown

    def close(self) -> str:
        """What is left to be shown at the end of the text."""
        self.refused = self.refused or LAST.match(self._held) is not None
        return "" if self.refused else self._held


def _parted(text: str) -> tuple[str, str]:
    """The text, and its end if that is the word or the beginning of it."""
    if whole := LAST.search(text):
        return text[: whole.start()], text[whole.start() :]
    for length in range(len(NOT_IN_DOCS) - 1, 0, -1):
        if text[-length:].upper() == NOT_IN_DOCS[:length]:
            return text[:-length], text[-length:]
    return text, ""
