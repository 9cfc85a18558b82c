"""Which dialect of Markdown a file is written in, by the site's options and the file's own word.

Rules of @docusaurus/mdx-loader 3.10 `format.ts`.
"""

from pathlib import PurePath
from typing import Literal

from ingest.docusaurus.front_matter.fields import Format
from ingest.docusaurus.markdown import Dialect
from pipeline.config.site import AdmonitionsConfig, DocsConfig, MarkdownConfig


def site_dialect(markdown: MarkdownConfig, docs: DocsConfig) -> Dialect:
    """The dialect of one docs instance's files, but for the format, which each file has for itself."""
    compat, admonitions = markdown.mdx1Compat, docs.admonitions
    return Dialect(
        comments=compat.comments,
        admonitions=compat.admonitions and admonitions is not False,
        heading_ids=compat.headingIds,
        maintain_case=markdown.anchors.maintainCase,
        admonition_keywords=admonitions.keywords if isinstance(admonitions, AdmonitionsConfig) else (),
        emoji=markdown.emoji,
    )


def file_format(path: PurePath, site: Format, own: Format | None) -> Literal["mdx", "md"]:
    """The format of the file at `path`: its front matter's word, else the site's; "detect" by its name."""
    chosen = own or site
    if chosen == "detect":
        return "md" if path.suffix == ".md" else "mdx"
    return chosen
