"""The citation writer: a model's text goes in piece by piece, checked Markdown comes out.

`[n]` becomes a link to source n; a link whose address is in no retrieved section loses its address,
an image leaves its alternative text, a bare address goes (or stays as code when a source has it),
raw HTML is escaped.  Code is left alone, and only what a CommonMark reader takes for code counts
as code: an inline span must be closed, a fence must stand on a line of its own.

Written by hand because no Markdown library parses a text that is still coming; it holds back no
more than it must to tell what something is.  What it cannot tell for sure, it escapes.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from pipeline.models import Source

# What may begin something that has to be looked at.  The last line: such a beginning, cut off by
# the end of the piece.  Renderers link a bare address unless a letter stands right before it.
SPECIAL = re.compile(
    r"[\[<`\\]|!\[|~~~|(?<![A-Za-z])(?:(?:https?|ftp)://|www\.)|"
    r"(?:!|~{1,2}|(?<![A-Za-z])(?:h|ht|htt|https?:?/?|f|ft|ftp:?/?|ww?w?))$",
    re.IGNORECASE,
)
CITATION = re.compile(r"\s*(?:sources?\s*)?#?\d{1,2}(?:\s*(?:,|;|and|&)\s*#?\d{1,2})*\s*", re.IGNORECASE)
TAG_START = re.compile(r"<[A-Za-z/!?]")
ADDRESS_END = re.compile(r"[\s<>\"`\[\]{}|\\^]")
LINE_PREFIX = re.compile(r"(?:[ \t>]|[-*+] |\d{1,9}[.)] )*")
MAX_HELD = 2048  # characters; browsers' and crawlers' limit for an address


class CitationWriter:
    """Checks one answer.  `cited` fills with the sources that the text so far cites, in order."""

    def __init__(
        self, sources: Sequence[Source], links: Mapping[str, str], showable: Collection[str] = ()
    ) -> None:
        self._sources = {source.id: source for source in sources}
        self._links = links
        self._showable = showable
        self._held = ""  # not yet decided
        self._line = ""  # the current line as it came in, up to what is held
        self._fence: tuple[str, int] | None = None  # the closing run, the column it stands in
        self.cited: list[Source] = []

    def feed(self, piece: str) -> str:
        """What can be shown now that `piece` has come."""
        self._held += piece
        return self._drain(final=False)

    def close(self) -> str:
        """What is left when the model has ended."""
        return self._drain(final=True)

    # --- the loop ------------------------------------------------------------------------

    def _drain(self, *, final: bool) -> str:
        out: list[str] = []
        while self._held:
            step = self._fenced_line(final) if self._fence else self._text(final)
            if step is None:
                break
            shown, taken = step
            out.append(shown)
            self._take(taken)
        return "".join(out)

    def _take(self, length: int) -> None:
        taken, self._held = self._held[:length], self._held[length:]
        _, newline, tail = taken.rpartition("\n")
        self._line = tail if newline else self._line + taken

    def _text(self, final: bool) -> tuple[str, int] | None:
        """One step outside fences: (what to show, how much was taken), or None to wait for more."""
        match = SPECIAL.search(self._held)
        if match is None:
            return self._held, len(self._held)
        if match.start():
            return self._held[: match.start()], match.start()
        step = self._special(final)
        if step is None and (final or len(self._held) > MAX_HELD):
            return self._given_up()
        return step

    def _special(self, final: bool) -> tuple[str, int] | None:
        held, first = self._held, self._held[0]
        if first == "\\":
            return (held[:2], 2) if len(held) > 1 else (("\\\\", 1) if final else None)
        if first == "`" or held.startswith("~~~"):
            return self._code(final)
        if first == "[":
            return self._bracket(0, final)
        if first == "!":
            if held.startswith("!["):
                return self._bracket(1, final)
            return ("!", 1) if len(held) > 1 or final else None
        if first == "<":
            if len(held) < 2 and not final:
                return None
            return ("\\<" if TAG_START.match(held) else "<"), 1
        return self._address(final)

    def _given_up(self) -> tuple[str, int]:
        """It never became what it began to be: show its first character so that it can't be it."""
        first = self._held[0]
        if first in "[`<~":
            return f"\\{first}", 1
        if self._is_address():
            # Too long to be decided: it goes, up to where it certainly ends.
            end = ADDRESS_END.search(self._held)
            return "", end.start() if end else len(self._held)
        return first, 1

    # --- brackets ------------------------------------------------------------------------

    def _bracket(self, image: int, final: bool) -> tuple[str, int] | None:
        """A citation, a link, an image (`image` is 1, the length of its `!`), or only brackets."""
        held = self._held
        end = _closing(held, image, "[", "]")
        if end is None:
            broken = "\n\n" in held[:MAX_HELD]
            return (f"{'!' * image}\\[", image + 1) if broken else None
        label = held[image + 1 : end]
        if len(held) == end + 1 and not final:
            return None
        target_end = end
        if held[end + 1 : end + 2] == "(":
            closing = _closing(held, end + 1, "(", ")")
            if closing is None:
                if "\n\n" not in held and not final and len(held) <= MAX_HELD:
                    return None
                return self._label(label), end + 2
            target_end = closing
        return self._linked(label, held[end + 2 : target_end], image, target_end + 1)

    def _linked(self, label: str, target: str, image: int, taken: int) -> tuple[str, int]:
        if image:
            return self._label(label), taken
        if CITATION.fullmatch(label):
            return self._citations(label), taken
        if target:
            url = self._links.get(_address_of(target))
            text = self._label(label)
            return (f"[{text}]({url})" if url and text else text), taken
        if label in (" ", "x", "X") and self._held[taken : taken + 1] in (" ", ""):
            return f"[{label}]", taken  # a task list's box
        return f"\\[{self._label(label)}\\]", taken

    def _citations(self, label: str) -> str:
        shown = []
        for number in re.findall(r"\d+", label):
            source = self._sources.get(str(int(number)))
            if source is None:
                continue
            if source not in self.cited:
                self.cited.append(source)
            shown.append(f"[{source.id}]({source.url})")
        return "".join(shown)

    def _label(self, label: str) -> str:
        """A link's text on its own: no brackets, no addresses, no HTML."""
        inner = CitationWriter((), {})
        text = inner.feed(label.replace("[", "").replace("]", "").replace("\n", " ")) + inner.close()
        return text.strip()

    # --- addresses -----------------------------------------------------------------------

    def _is_address(self) -> bool:
        return self._held[:1].lower() in ("h", "f", "w")

    def _address(self, final: bool) -> tuple[str, int] | None:
        """A bare address: kept when allowed, code when a source shows it, gone otherwise."""
        held = self._held
        whole = re.match(r"(?:https?|ftp)://|www\.", held, re.IGNORECASE)
        if whole is None:
            # Only the beginning of one, at the end of a piece: "see h"
            cut = SPECIAL.match(held)
            if cut and cut.end() == len(held) and not final:
                return None
            return held[0], 1
        end = ADDRESS_END.search(held)
        if end is None and not final:
            return None
        run = held[: end.start()] if end else held
        address = run.rstrip(".,;:!?'*_~")
        address = address if address.count("(") >= address.count(")") else address.rstrip(")")
        if not address.removeprefix(whole.group()):
            return f"{whole.group()[:-1]}\u200b", len(whole.group())  # "http://" and nothing after it
        if address in self._links:
            return self._links[address], len(address)
        return (f"`{address}`" if address in self._showable else ""), len(address)

    # --- code ----------------------------------------------------------------------------

    def _code(self, final: bool) -> tuple[str, int] | None:
        """An inline span or the opening of a fence."""
        held = self._held
        run = len(held) - len(held.lstrip(held[0]))
        if run == len(held) and not final:
            return None
        if run >= 3 and LINE_PREFIX.fullmatch(self._line):
            end = held.find("\n")
            if end < 0 and not final and len(held) <= MAX_HELD:
                return None
            info = held[run:end] if end >= 0 else held[run:]
            if held[0] == "~" or "`" not in info:
                self._fence = (held[0] * run, len(self._line))
                return (held[: end + 1], end + 1) if end >= 0 else (held, len(held))
        if held[0] == "~":
            return held[:run], run
        return self._span(run, final)

    def _span(self, run: int, final: bool) -> tuple[str, int] | None:
        held = self._held
        ticks = held[:run]
        closing = re.compile(rf"(?<!`){ticks}(?!`)").search(held, run)
        paragraph = held.find("\n\n", run)
        if closing and (paragraph < 0 or closing.start() < paragraph):
            if closing.end() == len(held) and not final:
                return None
            return held[: closing.end()], closing.end()
        if paragraph >= 0 or final:
            return "\\`" * run, run  # never closed: not code
        return None

    def _fenced_line(self, final: bool) -> tuple[str, int] | None:
        """One line inside a fence, as it is.

        A line that stands further left than the fence may have ended the list item or the quote
        that the fence is in, and the fence with it: it is checked like text.
        """
        assert self._fence is not None
        run, column = self._fence
        end = self._held.find("\n")
        if end < 0 and not final:
            return self._rest_of_line(run)
        line = self._held[:end] if end >= 0 else self._held
        taken = len(line) + (end >= 0)
        whole = self._line + line
        stripped = whole.strip(" \t>")
        if stripped and set(stripped) == {run[0]} and len(stripped) >= len(run):
            self._fence = None
        elif column and whole.strip() and len(whole) - len(whole.lstrip()) < column and not self._line:
            inner = CitationWriter((), {}, self._showable)
            return inner.feed(line) + inner.close() + self._held[len(line) : taken], taken
        return self._held[:taken], taken

    def _rest_of_line(self, run: str) -> tuple[str, int] | None:
        """A line of code that is still coming: show it unless it may be the closing fence."""
        whole = (self._line + self._held).strip(" \t>")
        if not whole or set(whole) == {run[0]} or self._fence is None or self._fence[1]:
            return None
        return self._held, len(self._held)


def _closing(text: str, start: int, opening: str, closing: str) -> int | None:
    """Where the bracket that opens at `start` closes, None when it has not yet."""
    depth, escaped = 0, False
    for position in range(start, min(len(text), start + MAX_HELD)):
        character = text[position]
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == opening:
            depth += 1
        elif character == closing:
            depth -= 1
            if not depth:
                return position
    return None


def _address_of(target: str) -> str:
    """The address in a link's parentheses, without its title."""
    target = target.strip()
    if target.startswith("<"):
        return target[1:].split(">")[0]
    return target.split()[0] if target.split() else ""
