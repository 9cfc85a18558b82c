"""What names pages and chunks in the index, the same in every ingest.  Pure."""

import hashlib
import uuid

from pipeline.models import Page

NAMESPACE = uuid.UUID("6f1d3f0e-6b0f-5a43-9a53-0d8f0f1d6c11")


def page_key(page: Page) -> str:
    """What makes a page one page: its file, as one version in one language shows it."""
    return f"{page.locale}/{page.plugin}/{page.version}/{page.source}"


def chunk_id(page: str, place: int) -> str:
    """The id of the chunk at `place` of the page with the key `page`: a UUID, whose first half is the page's.

    So a search can tell which chunks are of one page without reading their payloads, which costs more
    than the search.  64 bits: two of a million pages share a half once in 30 million indexes.
    """
    half = hashlib.blake2b(page.encode(), digest_size=8).digest()
    return str(uuid.UUID(bytes=half + place.to_bytes(8, "big")))


def page_part(chunk_id: str) -> str:
    """What the ids of all chunks of one page have in common."""
    return chunk_id[:18]
