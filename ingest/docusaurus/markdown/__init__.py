"""Reads the Markdown of one docs file as Docusaurus 3 does: heading ids, and what each section says.

`read_body` is the one door; where the file lies, its front matter, its route and its title are not
known here.
"""

from ingest.docusaurus.markdown.contract import Body, BodyProblem, Dialect, Module, Modules
from ingest.docusaurus.markdown.reading import read_body

__all__ = ["Body", "BodyProblem", "Dialect", "Module", "Modules", "read_body"]
