"""What the tests of `ingest.docusaurus.markdown` share: the four dialects, modules in a dict, short reads."""

from dataclasses import dataclass, field
from pathlib import Path

from ingest.docusaurus.markdown import Body, Dialect, Module, read_body

V3MDX = Dialect()
V3MD = Dialect(format="md")
V4MDX = Dialect(comments=False, admonitions=False, heading_ids=False)
V4MD = Dialect(format="md", comments=False, admonitions=False, heading_ids=False)
MDX = (V3MDX, V4MDX)
MD = (V3MD, V4MD)
ALL = (V3MDX, V4MDX, V3MD, V4MD)
PAGE = Path("/site/docs/page.mdx")


@dataclass
class DictModules:
    """Files by specifier; the importer is written down and otherwise makes no difference."""

    files: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, Path]] = field(default_factory=list)

    def load(self, specifier: str, importer: Path) -> Module | None:
        """The file with that specifier."""
        self.asked.append((specifier, importer))
        if specifier not in self.files:
            return None
        raw = "raw-loader" in specifier
        name = specifier.rsplit("/", 1)[-1]
        return Module(
            Path("/site/docs") / name, self.files[specifier], Dialect(), "raw" if raw else "markdown"
        )


def read(text: str, dialect: Dialect = V3MDX, **files: str) -> Body:
    """The body of a page; `files` are partials, `_p` standing for "./_p.mdx"."""
    modules = DictModules({f"./{name}.mdx": content for name, content in files.items()})
    return read_body(text, title="Page", dialect=dialect, modules=modules, path=PAGE)


def ids(text: str, dialect: Dialect = V3MDX, **files: str) -> list[str]:
    """The ids of the table of contents."""
    return [heading.id for heading in read(text, dialect, **files).headings]


def said(text: str, dialect: Dialect = V3MDX, **files: str) -> str:
    """The text of a page without headings."""
    (section,) = read(text, dialect, **files).sections
    return section.text
