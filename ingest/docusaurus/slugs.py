"""From a file's place in its folder to its doc id and slug.

Rules of @docusaurus/plugin-content-docs 3.10 (`docs.ts`, `slug.ts`, `numberPrefix.ts`).  What is put
before the slug (baseUrl, routeBasePath, version) is joined in `routes`.
"""

import posixpath
import re
from dataclasses import dataclass

from ingest.docusaurus.javascript import WHITESPACE
from ingest.docusaurus.permalinks import is_valid_pathname, resolve_pathname

# Dates and versions, such as 2021-11-notes and 7.0-release, are not numbered.
NOT_A_PREFIX = re.compile(r"[0-9]+[-_.][0-9]+")
NUMBER_PREFIX = re.compile(rf"[0-9]+[{WHITESPACE}]*[-_.]+[{WHITESPACE}]*([^-_.{WHITESPACE}].*)", re.DOTALL)


class NoAddress(ValueError):
    """A doc cannot be given a name or an address.  `key` of its front matter would have to change."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class DocName:
    """How a doc is called: `doc_id` within its version, `base_id` its last part, `slug` its path there."""

    doc_id: str
    base_id: str
    slug: str


def strip_number_prefix(segment: str) -> str:
    """`segment` of a path without the number that only orders it: "02-install" to "install"."""
    if NOT_A_PREFIX.match(segment):
        return segment
    match = NUMBER_PREFIX.fullmatch(segment)
    return match[1] if match else segment


def is_category_index(stem: str, folder: str) -> bool:
    """Whether a file called `stem` stands for its `folder` ("." or a path, as on disk).

    The raw names count: 01-index.md is an ordinary doc.
    """
    return stem.lower() in ("index", "readme", posixpath.basename(folder).lower())


def doc_name(
    relative: str, *, front_id: str | None = None, slug: str | None = None, strip_numbers: bool = True
) -> DocName:
    """The name of the doc at `relative`, a path with forward slashes below the content folder.

    `front_id` and `slug` are the front matter's, None where it has none.  Raises NoAddress for
    an id with a slash and for a slug that cannot be a path of a URL.
    """
    folder, filename = posixpath.split(relative)
    stem = posixpath.splitext(filename)[0]
    if strip_numbers:
        stripped_folder = "/".join(map(strip_number_prefix, folder.split("/")))
        stripped_stem = strip_number_prefix(stem)
    else:
        stripped_folder, stripped_stem = folder, stem
    base_id = stripped_stem if front_id is None else front_id
    if "/" in base_id:
        raise NoAddress("id", f'the id "{base_id}" holds a slash')
    doc_id = f"{stripped_folder}/{base_id}" if folder else base_id
    index = is_category_index(stem, folder or ".")
    found = _slug(slug, base_id, f"/{stripped_folder}/" if folder else "/", index)
    if not is_valid_pathname(found):
        message = f'"{found}" cannot be a page\'s address; set another `slug` in the front matter'
        raise NoAddress("slug" if slug is not None else "id", message)
    return DocName(doc_id, base_id, found)


def _slug(slug: str | None, base_id: str, folder: str, index: bool) -> str:
    if slug is not None and slug.startswith("/"):
        return slug
    if slug is None and index:
        return folder
    return resolve_pathname(base_id if slug is None else slug, folder)
