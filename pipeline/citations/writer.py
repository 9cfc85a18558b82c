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
from string import punctuation
from typing import NamedTuple

from pipeline.citations.code import LINE_PREFIX, Fence, span_end
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
SEAM = "\u200b"  # a zero-width space
HARMLESS = " \n\t,;?)*\"'"  # what follows a cut and cannot become a part of anything
MAX_HELD = 2048  # characters; browsers' and crawlers' limit for an address


class Step(NamedTuple):
    """What to show for the next `taken` characters; `cut` when it is less than they said."""

    shown: str
    taken: int
    cut: bool = False


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
        self._fence: Fence | None = None  # the closing run, the column it stands in
        self._fences = True  # whether it is still certain where fences begin and end
        self._last = " "  # the last character shown
        self._cut = False  # something was cut right after it
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
            out.append(self._joined(step))
            self._take(step.taken)
        return "".join(out)

    def _joined(self, step: Step) -> str:
        """What the step shows, kept apart from what stands before it when something was cut between.

        Otherwise `h[9]ttp://...` would become an address by losing its `[9]`.
        """
        seam = self._cut or step.cut
        self._cut = step.cut or (self._cut and not step.shown)
        if not step.shown:
            return ""
        apart = seam and not self._last.isspace() and step.shown[0] not in HARMLESS
        self._last = step.shown[-1]
        return f"{SEAM}{step.shown}" if apart else step.shown

    def _take(self, length: int) -> None:
        taken, self._held = self._held[:length], self._held[length:]
        _, newline, tail = taken.rpartition("\n")
        self._line = tail if newline else self._line + taken

    def _text(self, final: bool) -> Step | None:
        """One step outside fences: None to wait for more."""
        match = SPECIAL.search(self._held)
        if match is None:
            return Step(self._held, len(self._held))
        if match.start():
            return Step(self._held[: match.start()], match.start())
        step = self._special(final)
        if step is None and (final or len(self._held) > MAX_HELD):
            return self._given_up()
        return step

    def _special(self, final: bool) -> Step | None:
        held, first = self._held, self._held[0]
        if first == "\\":
            if len(held) == 1:
                return Step("\\\\", 1) if final else None
            length = 2 if held[1] in punctuation else 1  # only punctuation can be escaped
            return Step(held[:length], length)
        if first == "`" or held.startswith("~~~"):
            return self._code(final)
        if first == "[":
            return self._bracket(0, final)
        if first == "!":
            if held.startswith("!["):
                return self._bracket(1, final)
            return Step("!", 1) if len(held) > 1 or final else None
        if first == "<":
            if len(held) < 2 and not final:
                return None
            return Step("\\<" if TAG_START.match(held) else "<", 1)
        return self._address(final)

    def _given_up(self) -> Step:
        """It never became what it began to be: show its first character so that it can't be it."""
        first = self._held[0]
        if first in "[`<~":
            return Step(f"\\{first}", 1)
        if self._is_address():
            # Too long to be decided: it goes, up to where it certainly ends.
            end = ADDRESS_END.search(self._held)
            return Step("", end.start() if end else len(self._held), cut=True)
        return Step(first, 1)

    # --- brackets ------------------------------------------------------------------------

    def _bracket(self, image: int, final: bool) -> Step | None:
        """A citation, a link, an image (`image` is 1, the length of its `!`), or only brackets."""
        held = self._held
        end = _closing(held, image, "[", "]")
        if end is None:
            broken = "\n\n" in held[:MAX_HELD]
            return Step(f"{'!' * image}\\[", image + 1) if broken else None
        label = held[image + 1 : end]
        if len(held) == end + 1 and not final:
            return None
        target_end = end
        if held[end + 1 : end + 2] == "(":
            closing = _closing(held, end + 1, "(", ")")
            if closing is None:
                if "\n\n" not in held and not final and len(held) <= MAX_HELD:
                    return None
                return Step(self._label(label), end + 2, cut=True)
            target_end = closing
        return self._linked(label, held[end + 2 : target_end], image, target_end + 1)

    def _linked(self, label: str, target: str, image: int, taken: int) -> Step:
        if CITATION.fullmatch(label):
            # "Done![1]" is no image: the space keeps it from becoming one.
            shown = self._citations(label)
            return Step("! " * image + shown, taken, cut=not shown)
        if image:
            return Step(self._label(label), taken, cut=True)
        if target:
            url = self._links.get(_address_of(target))
            text = self._label(label)
            return Step(f"[{text}]({url})", taken) if url and text else Step(text, taken, cut=True)
        if label in (" ", "x", "X") and self._held[taken : taken + 1] in (" ", ""):
            return Step(f"[{label}]", taken)  # a task list's box
        return Step(f"\\[{self._label(label)}\\]", taken)

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
        inner._fences = False
        text = inner.feed(label.replace("[", "").replace("]", "").replace("\n", " ")) + inner.close()
        return text.strip()

    # --- addresses -----------------------------------------------------------------------

    def _is_address(self) -> bool:
        return self._held[:1].lower() in ("h", "f", "w")

    def _address(self, final: bool) -> Step | None:
        """A bare address: kept when allowed, code when a source shows it, gone otherwise."""
        held = self._held
        whole = re.match(r"(?:https?|ftp)://|www\.", held, re.IGNORECASE)
        if whole is None:
            # Only the beginning of one, at the end of a piece: "see h"
            cut = SPECIAL.match(held)
            if cut and cut.end() == len(held) and not final:
                return None
            return Step(held[0], 1)
        end = ADDRESS_END.search(held)
        if end is None and not final:
            return None
        run = held[: end.start()] if end else held
        address = run.rstrip(".,;:!?'*_~")
        address = address if address.count("(") >= address.count(")") else address.rstrip(")")
        if not address.removeprefix(whole.group()):
            return Step(whole.group()[:-1], len(whole.group()), cut=True)  # "http://" and nothing after it
        if address in self._links:
            return Step(self._links[address], len(address))
        if address in self._showable:
            return Step(f"`{address}`", len(address))
        return Step("", len(address), cut=True)

    # --- code ----------------------------------------------------------------------------

    def _code(self, final: bool) -> Step | None:
        """An inline span or the opening of a fence."""
        held = self._held
        run = len(held) - len(held.lstrip(held[0]))
        if run == len(held) and not final:
            return None
        line, newline, _ = held.partition("\n")
        if self._fences and run >= 3 and LINE_PREFIX.fullmatch(self._line):
            if not (newline or final or len(held) > MAX_HELD):
                return None
            if held[0] == "~" or "`" not in line[run:]:
                self._fence = Fence(held[:run], len(self._line))
                return Step(line + newline, len(line + newline))
        if held[0] == "~":
            return Step(held[:run], run)
        end = span_end(line, run)
        if end is None or (end == len(held) and not final):
            # Not closed yet, or by a run that may still grow.
            return Step("\\`" * run, run) if newline or (final and end is None) else None
        return Step(held[:end], end)

    def _fenced_line(self, final: bool) -> Step | None:
        """One line inside a fence, as it is; checked like text when the fence may have ended before it."""
        assert self._fence is not None
        fence = self._fence
        line, newline, _ = self._held.partition("\n")
        whole = self._line + line
        if not newline and not final:
            may_close = not whole.strip(" \t>") or fence.is_run(whole)
            return None if may_close or fence.column else Step(line, len(line))
        if fence.is_closed_by(whole):
            self._fence = None
        elif fence.may_end_before(whole) and not self._line:
            # From here on nobody knows what is code: all of it is checked like text.
            self._fence, self._fences = None, False
            return self._text(final)
        return Step(line + newline, len(line + newline))


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
