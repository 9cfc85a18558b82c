"""HTML entities in texts that are not Markdown: JSX text and attributes, raw HTML."""

import html


def decode_entities(text: str) -> str:
    """`text` with its `&amp;`, `&#39;`, `&nbsp;` decoded.  What is no entity stays."""
    return html.unescape(text) if "&" in text else text
