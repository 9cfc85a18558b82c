"""Numbered sources, and links that can be trusted.  Pure: no store, no model, no clock.

`numbering` turns hits into numbered sources; `writer` turns a model's text, piece by piece, into
Markdown in which every link leads to a retrieved section.
"""

from pipeline.citations.numbering import allowed_links, number_sources
from pipeline.citations.writer import CitationWriter

__all__ = ["CitationWriter", "allowed_links", "number_sources"]
