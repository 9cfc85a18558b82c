"""Front matter as Docusaurus 3 reads it: split off, parsed, checked.

`splitting` finds it (gray-matter), `js_yaml` reads it (js-yaml 4), `fields` checks it (Docusaurus's
own schema) and makes the noun `FrontMatter`.
"""

from ingest.docusaurus.front_matter.fields import FrontMatter, check_fields
from ingest.docusaurus.front_matter.splitting import Document, split_document

__all__ = ["Document", "FrontMatter", "check_fields", "split_document"]
