"""What goes into and comes out of the reading of one Markdown file.

Only nouns and the protocol by which imported files are fetched; the reading itself is in `reading`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pipeline.models import Heading, Section


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file's text is to be parsed: the site's `markdown` options as they hold for this file.

    `format` is already decided ("detect" and front matter are the caller's).  `comments`,
    `admonitions` and `heading_ids` are the flags of `markdown.mdx1Compat`; `maintain_case` is
    `markdown.anchors.maintainCase`; `admonition_keywords` are the ones known besides Docusaurus's own.
    """

    format: Literal["mdx", "md"] = "mdx"
    comments: bool = True
    admonitions: bool = True
    heading_ids: bool = True
    maintain_case: bool = False
    admonition_keywords: tuple[str, ...] = ()
    emoji: bool = True


@dataclass(frozen=True, slots=True)
class BodyProblem:
    """What would break the site's build, or could not be read.  `line` counts from 1 in the text given."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Body:
    """What one file says.

    `headings` is the page's `toc` export: depth 2 to 6, in order, those of partials where they are
    used.  `links` are the targets as written, each once, in order.  `imports` are the paths of the
    files whose content was spliced in.
    """

    headings: tuple[Heading, ...] = ()
    sections: tuple[Section, ...] = ()
    problems: tuple[BodyProblem, ...] = ()
    links: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """A file that a page imports: a partial ("markdown", text after its front matter) or raw text."""

    path: Path
    text: str
    dialect: Dialect
    kind: Literal["markdown", "raw"] = "markdown"


class Modules(Protocol):
    """Fetches what an `import` names."""

    def load(self, specifier: str, importer: Path) -> Module | None:
        """The file that `specifier`, written in `importer`, stands for; None when it is not there.

        `specifier` is the JavaScript string's value, a loader prefix such as `!!raw-loader!` included.
        Raises nothing.
        """
        ...
