"""Collects the lines that a page says under each heading, as clean Markdown, with their containers.

Knows lists, quotes and headings only as prefixes and cuts; what is written comes from `rendering`.
"""

from dataclasses import dataclass, field

from pipeline.models import Section


@dataclass(slots=True)
class Container:
    """A list item or a quote: what stands before its first line, and before the others.

    `tight`: no blank lines between its blocks; `close`: none before it either.
    """

    first: str
    rest: str
    tight: bool = False
    close: bool = False
    used: bool = False


@dataclass(slots=True)
class Sections:
    """The sections of one page under construction.  `title` is the page's."""

    title: str
    done: list[Section] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    anchor: str = ""
    heading: str = ""
    trail: list[tuple[int, str]] = field(default_factory=list)  # the headings above, with their levels
    base: int = 0  # containers that were open when the section began say nothing in it

    def start(self, anchor: str, title: str, level: int) -> None:
        """Begins the section of a heading."""
        self._close()
        self.anchor, self.heading = anchor, title
        self.trail = [(above, name) for above, name in self.trail if above < level] + [(level, title)]
        self.base = len(self.containers)

    def finish(self) -> tuple[Section, ...]:
        """Every section in order; the opening one only if it says something."""
        self._close()
        return tuple(self.done)

    def write(self, text: str) -> None:
        """Adds a block of text, apart from the one before unless both are in a tight list."""
        text = text.strip("\n")
        if not text.strip():
            return
        containers = self.containers[self.base :]
        if self.lines and not self._is_close(containers):
            self.lines.append("".join(self._blank(container) for container in containers).rstrip())
        for line in text.split("\n"):
            self.lines.append(("".join(map(self._prefix, containers)) + line).rstrip())

    def enter(self, container: Container) -> None:
        """Opens a list item or a quote."""
        self.containers.append(container)

    def leave(self) -> None:
        """Closes the innermost one."""
        self.containers.pop()
        self.base = min(self.base, len(self.containers))

    @staticmethod
    def _is_close(containers: list[Container]) -> bool:
        for container in containers:
            if not container.used:
                return container.close
        return bool(containers) and containers[-1].tight

    @staticmethod
    def _prefix(container: Container) -> str:
        prefix = container.rest if container.used else container.first
        container.used = True
        return prefix

    @staticmethod
    def _blank(container: Container) -> str:
        return container.rest if container.used else ""

    def _close(self) -> None:
        text = "\n".join(self.lines).strip("\n")
        self.lines = []
        if self.anchor or text.strip():
            crumbs = (self.title, *(name for _, name in self.trail))
            self.done.append(Section(self.anchor, self.heading or self.title, crumbs, text))
