"""Splits a file into front matter and body as gray-matter does, which Docusaurus 3 uses.

Beyond gray-matter: front matter in JavaScript is not run, and one larger than a quarter of a megabyte
is not read.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from ingest.docusaurus.front_matter.js_yaml import YamlError, load_yaml
from ingest.docusaurus.javascript import WHITESPACE, trim
from ingest.docusaurus.problems import UnreadablePageError

DELIMITER = "---"
LARGEST = 250_000  # characters; the largest of real sites hold a few thousand


@dataclass(frozen=True, slots=True)
class Document:
    """A file in its two parts.

    `data` is the front matter's value ({} where there is none), `key_lines` the line of each of its
    keys, `body` the rest, trimmed, `body_line` the line where it starts; lines count from 1 in the file.
    """

    data: Any
    body: str
    body_line: int = 1
    key_lines: dict[str, int] = field(default_factory=dict)


def split_document(text: str) -> Document:
    """`text` in its two parts.  Raises UnreadablePageError when the front matter cannot be parsed."""
    text = text.removeprefix("\ufeff")
    if not text.startswith(DELIMITER) or text[3:4] == "-":
        return _document(text, 0, {}, {})
    language, start = _language(text)
    close = text.find("\n" + DELIMITER, start)
    block = text[start:] if close < 0 else text[start:close]
    first_line = text.count("\n", 0, start) + 1
    data, lines = _parsed(block, language, first_line)
    if close < 0:
        return Document(data, "", first_line, lines)
    end = close + 4
    end += text[end : end + 1] == "\r"
    end += text[end : end + 1] == "\n"
    return _document(text, end, data, lines)


def _document(text: str, start: int, data: Any, lines: dict[str, int]) -> Document:
    left = text[start:].lstrip(WHITESPACE)
    before = text[: len(text) - len(left)]
    return Document(data, left.rstrip(WHITESPACE), before.count("\n") + 1, lines)


def _language(text: str) -> tuple[str, int]:
    """What is named behind the opening delimiter, and where the block behind it starts."""
    end = text.find("\n", 3)
    end = len(text) if end < 0 else end - (text[end - 1] == "\r")
    name = trim(text[3:end])
    return name, end if name else 3


def _parsed(block: str, language: str, first_line: int) -> tuple[Any, dict[str, int]]:
    if len(block) > LARGEST:
        raise UnreadablePageError((1, f"the front matter is larger than {LARGEST:,} characters"))
    match language.lower():
        case "" | "yaml" | "yml":
            return _yaml(block, first_line)
        case "json":
            return _json(block, first_line)
    raise UnreadablePageError((1, f"front matter written in `{language}` is not read; YAML and JSON are"))


def _yaml(block: str, first_line: int) -> tuple[Any, dict[str, int]]:
    try:
        value, lines = load_yaml(block)
    except YamlError as error:
        line = min(error.line, block.count("\n") + 1) + first_line - 1
        raise UnreadablePageError((line, f"the front matter is not valid YAML: {error}")) from error
    return {} if value is None else value, {key: line + first_line - 1 for key, line in lines.items()}


def _json(block: str, first_line: int) -> tuple[Any, dict[str, int]]:
    if not trim(block):
        return {}, {}
    try:
        value = json.loads(block)
    except json.JSONDecodeError as error:
        line = error.lineno + first_line - 1
        raise UnreadablePageError((line, f"the front matter is not valid JSON: {error.msg}")) from error
    except RecursionError:
        raise UnreadablePageError((first_line, "the front matter is nested too deeply")) from None
    return {} if value is None else value, {}
