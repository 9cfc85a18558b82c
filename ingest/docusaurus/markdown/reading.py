"""The straight line from a file's text to its Body: parse, outline, write."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.docusaurus.markdown.contract import Body, BodyProblem, Dialect, Modules
from ingest.docusaurus.markdown.document import read_document
from ingest.docusaurus.markdown.files import Files, Source
from ingest.docusaurus.markdown.rendering import Rendering
from ingest.docusaurus.markdown.sections import Sections

LARGE = 1_000_000  # characters


def read_body(text: str, *, title: str, dialect: Dialect, modules: Modules, path: Path) -> Body:
    """What the file at `path` says.

    `text` is the file after its front matter; `title` the page's, for breadcrumbs and for the opening
    section; `modules` fetches what the file imports.  Problems carry lines of `text`, from 1.  Never
    raises: what would break the site's build is a problem, and the rest is read as well as it can be.
    """
    files = Files(modules)
    with _collector_paused(len(text) > LARGE):
        page = Source(path, read_document(text, dialect), dialect)
        headings = files.outline(page)
        rendering = Rendering(files, Sections(title), [page])
        rendering.write()
    problems = dict.fromkeys((*page.document.problems, *files.problems))
    return Body(
        headings=headings,
        sections=rendering.sections.finish(),
        problems=tuple(sorted(problems, key=_line)),
        links=tuple(rendering.inlines.links),
        imports=tuple(files.spliced),
    )


@contextmanager
def _collector_paused(paused: bool) -> Iterator[None]:
    """Pauses the cyclic garbage collector: it would walk a huge page's tokens, all alive, over and over."""
    paused = paused and gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _line(problem: BodyProblem) -> int:
    return problem.line
