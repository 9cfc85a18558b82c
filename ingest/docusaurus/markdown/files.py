"""The files of one page: the page itself, the partials and the raw files that it imports.

Each file is parsed once for a page, however often it is used; a file within itself, too many or too
deep are problems, not endless work.
"""

from dataclasses import dataclass, field
from pathlib import Path

from ingest.docusaurus.markdown.contract import BodyProblem, Dialect, Module, Modules
from ingest.docusaurus.markdown.document import Document, Slice, read_document
from pipeline.models import Heading

DEPTH = 20  # files in each other
SPLICES = 1000  # uses of other files in one page, those within partials counted each time


@dataclass(frozen=True, slots=True)
class Source:
    """A file with its parse.  Same path, same source: `files` keeps them."""

    path: Path
    document: Document
    dialect: Dialect


@dataclass(slots=True)
class Files:
    """Loads, parses and remembers; collects the problems met and the paths that were spliced in."""

    modules: Modules
    sources: dict[tuple[Path, str], Source | None] = field(default_factory=dict)
    raws: dict[tuple[Path, str], str | None] = field(default_factory=dict)
    spliced: dict[str, None] = field(default_factory=dict)
    problems: dict[BodyProblem, None] = field(default_factory=dict)
    splices: int = 0

    def problem(self, line: int, message: str) -> None:
        """Notes a problem once; `line` is the page's, from 1."""
        self.problems.setdefault(BodyProblem(line, message))

    def partial(self, chain: list[Source], specifier: str, line: int) -> Source | None:
        """The file `specifier` of the innermost file of `chain`, to be spliced in now; None if it cannot."""
        source = self._load(chain[-1], specifier, line)
        if source is None:
            return None
        if any(outer.path == source.path for outer in chain):
            self.problem(line, f"{source.path.name} imports itself")
            return None
        self.splices += 1
        if len(chain) > DEPTH or self.splices > SPLICES:
            self.problem(line, "too many imported files; the others are left out")
            return None
        self.spliced.setdefault(str(source.path))
        return source

    def _load(self, importer: Source, specifier: str, line: int) -> Source | None:
        key = (importer.path, specifier)
        if key not in self.sources:
            module = self.modules.load(specifier, importer.path)
            source = None
            if module is not None and module.kind == "markdown":
                source = self._known(module) or Source(
                    module.path, read_document(module.text, module.dialect), module.dialect
                )
                for problem in source.document.problems:
                    self.problem(line, f"{module.path.name}, line {problem.line}: {problem.message}")
            self.sources[key] = source
        if self.sources[key] is None:
            self.problem(line, f"the import {specifier!r} cannot be found")
        return self.sources[key]

    def _known(self, module: Module) -> Source | None:
        return next(
            (source for source in self.sources.values() if source and source.path == module.path), None
        )

    def raw(self, importer: Source, name: str) -> str | None:
        """The text of the file that `name` was imported from as text (raw-loader); None otherwise."""
        specifier = importer.document.imports.get(name, "")
        if "raw-loader" not in specifier and not specifier.endswith("?raw"):
            return None
        key = (importer.path, specifier)
        if key not in self.raws:
            module = self.modules.load(specifier, importer.path)
            self.raws[key] = module.text if module is not None and module.kind == "raw" else None
            if module is not None and module.kind == "raw":
                self.spliced.setdefault(str(module.path))
        return self.raws[key]

    def outline(self, page: Source) -> tuple[Heading, ...]:
        """The `toc` export of `page`: its headings and those of its partials, in order."""
        headings: list[Heading] = []
        self._outline([page], headings, 0)
        self.splices = 0
        return tuple(headings)

    def _outline(self, chain: list[Source], headings: list[Heading], line: int) -> None:
        """Adds what the innermost file lists; `line` is where the page uses it, 0 for the page itself."""
        for item in chain[-1].document.outline:
            if isinstance(item, Slice):
                source = self.partial(chain, item.specifier, line or item.line)
                if source is not None:
                    self._outline([*chain, source], headings, line or item.line)
            else:
                headings.append(item)
