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

from pipeline.citations import marks
from pipeline.citations.code import BLOCK_PREFIX, FENCE_PREFIX, PLAIN, Fence, opens_fence, span_end
from pipeline.citations.marks import MAX_HELD, SEAM, SPECIAL
from pipeline.models import Source

MAX_PARSED = 40  # fences in lists, in one answer, that are looked up with a parser


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
        self._shown: list[str] = []  # what a reader has, with `_line`, its last line
        self._line = ""
        self._piped = False  # a span with a bar is in that line: a table may have split it
        self._fence: Fence | None = None
        self._fences = True  # whether it is still certain where fences begin and end
        self._spans = True  # the same for inline code
        self._parsed = 0
        self._last = " "  # the last character shown
        self._cut = False  # something was cut right after it
        self.cited: list[Source] = []

    def feed(self, piece: str) -> str:
        """What can be shown now that `piece` has come."""
        piece = piece.replace("\r", "")  # a line's end for Markdown, but not for us
        out = []
        for start in range(0, len(piece), MAX_HELD):  # what is held stays short, however long the piece
            self._held += piece[start : start + MAX_HELD]
            out.append(self._drain(final=False))
        return "".join(out)

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
            self._held = self._held[step.taken :]
            self._note(out[-1])
        return "".join(out)

    def _joined(self, step: Step) -> str:
        """What the step shows, kept apart from what stands before it when something was cut between.

        Otherwise `h[9]ttp://...` would become an address by losing its `[9]`.
        """
        seam = self._cut or step.cut
        self._cut = step.cut or (self._cut and not step.shown)
        if not step.shown:
            return ""
        apart = seam and not self._last.isspace() and step.shown[0] not in marks.HARMLESS
        self._last = step.shown[-1]
        return f"{SEAM}{step.shown}" if apart else step.shown

    def _note(self, shown: str) -> None:
        before, newline, tail = shown.rpartition("\n")
        if newline:
            self._shown.append(self._line + before + newline)
            self._line, self._piped = tail, False
        else:
            self._line += shown

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
        if first == "`" or held.startswith("~~~"):
            return self._code(final)
        if first == "[":
            return self._bracket(0, final)
        if held.startswith("!["):
            return self._bracket(1, final)
        if first in "\\!</@&":
            return self._mark(final)
        return self._address(final)

    def _mark(self, final: bool) -> Step | None:
        """A single character that may need to be escaped or kept apart."""
        held, first = self._held, self._held[0]
        if first == "@":
            return Step(f"{SEAM}@{SEAM}" if not self._last.isspace() else "@", 1)
        if first == "&":
            entity = marks.ENTITY.match(held)
            if entity is None:
                return Step("&", 1) if final or SPECIAL.match(held) is None else None
            kept = entity.group() in marks.KEPT_ENTITIES
            return Step(entity.group(), entity.end()) if kept else Step("&amp;", 1)
        if len(held) == 1:
            return Step("\\\\" if first == "\\" else first, 1) if final else None
        if first == "\\":  # only punctuation can be escaped
            return Step(marks.escape(held[:2]), 2) if held[1] in punctuation else Step("\\", 1)
        if first == "/":
            return Step(f"/{SEAM}" if held[1] == "/" else "/", 1)
        return Step("\\<" if marks.TAG_START.match(held) else first, 1)

    def _given_up(self) -> Step:
        """It never became what it began to be: show its first character so that it can't be it."""
        first = self._held[0]
        if first in "[`<~":
            return Step(f"\\{first}", 1)
        return Step(first, 1)

    # --- brackets ------------------------------------------------------------------------

    def _bracket(self, image: int, final: bool) -> Step | None:
        """A citation, a link, an image (`image` is 1, the length of its `!`), or only brackets."""
        held = self._held
        end = marks.bracket_end(held, image, "[]")
        if end is None:
            return None
        if end < 0:
            return Step(f"{'!' * image}\\[", image + 1)
        label = held[image + 1 : end]
        if len(held) == end + 1 and not final:
            return None
        target_end = end
        if held[end + 1 : end + 2] == "(":
            closing = marks.bracket_end(held, end + 1, "()")
            if closing is None and not final:
                return None
            if closing is None or closing < 0:
                return Step(self._label(label), end + 2, cut=True)
            target_end = closing
        return self._linked(label, held[end + 2 : target_end], image, target_end + 1)

    def _linked(self, label: str, target: str, image: int, taken: int) -> Step:
        if marks.CITATION.fullmatch(label):
            # "Done![1]" is no image: the space keeps it from becoming one.
            shown = self._citations(label)
            return Step("! " * image + shown, taken, cut=not shown)
        if image:
            return Step(self._label(label), taken, cut=True)
        if target:
            url = self._links.get(marks.address_of(target))
            text = self._label(label)
            return Step(marks.link(text, url), taken) if url and text else Step(text, taken, cut=True)
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
            shown.append(marks.link(source.id, source.url))
        return "".join(shown)

    def _label(self, label: str) -> str:
        """A link's text on its own: no brackets, no bars (a table's), no addresses, no HTML."""
        inner = CitationWriter((), {})
        inner._fences, inner._spans, inner._piped = False, self._spans, self._piped
        text = inner.feed(label.translate(marks.IN_LABEL)) + inner.close()
        return text.strip()

    # --- addresses -----------------------------------------------------------------------

    def _address(self, final: bool) -> Step | None:
        """A bare address: kept when allowed, code when a source shows it, gone otherwise."""
        held = self._held
        whole = marks.ADDRESS_START.match(held)
        if held[0] != "~" and self._last.isascii() and self._last.isalpha() and not self._cut:
            return Step(held[0], 1)  # in the midst of a word, whatever the pieces
        if whole is None:
            # Only the beginning of one, at the end of a piece: "see h"
            cut = SPECIAL.match(held)
            if cut and cut.end() == len(held) and not final:
                return None
            return Step(held[0], 1)
        end = marks.ADDRESS_END.search(held, 0, MAX_HELD)
        if end is None and len(held) >= MAX_HELD:
            return Step("", MAX_HELD, cut=True)  # too long to be decided
        if end is None and not final:
            return None
        run = held[: end.start()] if end else held
        address = run.rstrip(".,;:!?'*_~")
        address = address if address.count("(") >= address.count(")") else address.rstrip(")")
        if not address.removeprefix(whole.group()):
            return Step(whole.group()[:-1], len(whole.group()), cut=True)  # "http://" and nothing after it
        if address in self._links:
            return Step(f"{self._apart()}{marks.autolink(self._links[address])}", len(address))
        if address in self._showable and not self._piped:
            after = SEAM if held[len(address) : len(address) + 1] == "`" else ""
            return Step(f"{self._apart()}`{address}`{after}", len(address))
        return Step("", len(address), cut=True)

    def _apart(self) -> str:
        return SEAM if self._last in "`\\" else ""

    # --- code ----------------------------------------------------------------------------

    def _code(self, final: bool) -> Step | None:
        """An inline span or the opening of a fence."""
        held = self._held
        run = len(held) - len(held.lstrip(held[0]))
        if run >= marks.MAX_RUN:
            return Step(("&#96;" if self._piped else f"\\{held[0]}") * marks.MAX_RUN, marks.MAX_RUN)
        if run == len(held) and not final:
            return None
        line, newline, _ = held[: MAX_HELD + 1].partition("\n")
        whole = bool(newline) or final or len(line) > MAX_HELD
        if self._fences and run >= 3 and BLOCK_PREFIX.fullmatch(self._line):
            if not whole:
                return None
            if held[0] == "~" or "`" not in line[run:]:
                return self._opening(run, line, newline)
        # Behind a span that a table may have split, even an escaped backtick could end code.
        escaped = Step(("&#96;" if self._piped and held[0] == "`" else f"\\{held[0]}") * run, run)
        if held[0] == "~" or self._piped or not self._spans:
            return escaped
        end = span_end(line, run)
        if end is None or (end == len(line) and not whole):
            return escaped if whole else None  # not closed yet, or by a run that may still grow
        if "|" in held[:end] and not PLAIN.fullmatch(held, run, end - run):
            return escaped
        self._piped = "|" in held[:end].replace("\\|", "")
        return Step(held[:end], end)

    def _opening(self, run: int, line: str, newline: str) -> Step:
        """A fence, if every reader sees it there.  Else nobody knows any more what is code."""
        column = len(self._line)
        certain = len(line) <= MAX_HELD and FENCE_PREFIX.fullmatch(self._line) is not None
        if certain and column:
            self._parsed += 1
            certain = self._parsed <= MAX_PARSED and opens_fence("".join(self._shown), self._line + line)
        if certain:
            self._fence = Fence(line[:run], column)
            return Step(line + newline, len(line + newline))
        self._fences = self._spans = False
        return Step(f"\\{line[0]}" * run, run)

    def _fenced_line(self, final: bool) -> Step | None:
        """One line inside a fence, as it is; checked like text when the fence may have ended before it."""
        assert self._fence is not None
        line, newline, _ = self._held[: MAX_HELD + 1].partition("\n")
        if self._line:  # in the midst of a line that is surely inside
            return Step(line + newline, len(line + newline))
        judged = self._fence.judged(line, whole=bool(newline) or final)
        if judged is None and len(line) <= MAX_HELD:
            return None
        if judged is None or judged == "unsure":
            # From here on nobody knows what is code: all of it is checked like text.
            self._fence, self._fences, self._spans = None, False, False
            return self._text(final)
        if judged == "closing":
            self._fence = None
        return Step(line + newline, len(line + newline))
