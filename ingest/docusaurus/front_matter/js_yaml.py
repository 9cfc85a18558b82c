"""YAML as js-yaml 4 reads it, on top of ruamel.yaml's YAML 1.2 parser.

The parser's events are turned into values by js-yaml's own rules: what a plain word means (`yes` and
`12:30` are text, `010` is ten), keys are text, a key twice is an error, dates are JavaScript dates.
What the values mean for a page is decided in `fields`.
"""

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from ingest.docusaurus.front_matter.plain_words import Date, plain_value
from ingest.docusaurus.javascript import number_to_string, well_formed

PREFIX = "tag:yaml.org,2002:"
SPACING_TAB = re.compile(r"(?<=[^ \t\n])([ ]*\t[ \t]*)")
DEEPEST = 100  # collections within each other; the parser gets slow long before Python's own limit
BLANK = re.compile(r"^[ \t]+$", re.MULTILINE)


class YamlError(Exception):
    """The text is not YAML for js-yaml.  `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


KINDS: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "timestamp": (Date,),
}
"""What a value with an explicit tag such as !!int may be."""


def load_yaml(text: str) -> tuple[Any, dict[str, int]]:
    """The value of `text` and the line (from 1) of each key of its outermost mapping.

    Values are None, bool, int, float, str, Date, list and dict with text keys.  Raises YamlError.
    """
    try:
        return _loaded(text)
    except YamlError:
        if "\t" not in text:
            raise
    # ruamel.yaml refuses tabs between words, which js-yaml takes for spaces; for both they may not indent.
    return _loaded(SPACING_TAB.sub(" ", BLANK.sub("", text)))


def _loaded(text: str) -> tuple[Any, dict[str, int]]:
    if not text.endswith("\n"):
        text += "\n"  # js-yaml ends the last line, too
    try:
        builder = _Builder(iter(YAML(typ="safe", pure=True).parse(text)))
        return builder.document(), builder.key_lines
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, str(error.problem or error.context)) from error
    except YAMLError as error:
        raise YamlError(1, str(error).partition("\n")[0]) from error


class _Builder:
    """Builds values from one document's events."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.events = events
        self.anchors: dict[str, Any] = {}
        self.key_lines: dict[str, int] = {}
        self.depth = 0

    def document(self) -> Any:
        next(self.events)  # the start of the stream
        if not isinstance(next(self.events), DocumentStartEvent):
            return None
        event = next(self.events)
        outermost = isinstance(event, MappingStartEvent)
        value = self._mapping(event, self.key_lines) if outermost else self._value(event)
        next(self.events)  # the end of the document
        following = next(self.events)
        if isinstance(following, DocumentStartEvent):
            raise YamlError(_line(following), "holds more than one YAML document")
        return value

    def _value(self, event: Event) -> Any:
        if isinstance(event, AliasEvent):
            if event.anchor not in self.anchors:
                raise YamlError(_line(event), f"the alias *{event.anchor} names nothing")
            return self.anchors[event.anchor]
        if isinstance(event, CollectionStartEvent):
            return self._collection(event)
        assert isinstance(event, ScalarEvent)
        return self._kept(event, _scalar(event))

    def _collection(self, event: CollectionStartEvent) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            raise YamlError(_line(event), "is nested too deeply")
        value = self._mapping(event, {}) if isinstance(event, MappingStartEvent) else self._sequence(event)
        self.depth -= 1
        return value

    def _kept(self, event: Any, value: Any) -> Any:
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def _sequence(self, event: CollectionStartEvent) -> list[Any]:
        _check_tag(event, "seq", "omap", "pairs")
        items: list[Any] = self._kept(event, [])
        while not isinstance(following := next(self.events), SequenceEndEvent):
            items.append(self._value(following))
        return items

    def _mapping(self, event: Event, lines: dict[str, int]) -> dict[str, Any]:
        _check_tag(event, "map", "set")
        found: dict[str, Any] = self._kept(event, {})
        merged: dict[str, Any] = {}
        while not isinstance(following := next(self.events), MappingEndEvent):
            line = _line(following)
            merge = isinstance(following, ScalarEvent) and _is_merge(following)
            key = _key(self._value(following), line)
            value = self._value(next(self.events))
            if merge:
                _merge(merged, value, line)
            elif key in found:
                raise YamlError(line, f"the key `{key}` stands here twice")
            else:
                found[key] = value
                lines[key] = line
        for key, value in merged.items():
            found.setdefault(key, value)
        return found


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _tag(event: Any) -> str:
    return str(event.tag or "")


def _check_tag(event: Any, *known: str) -> None:
    tag = _tag(event)
    if tag not in ("", "!") and tag.removeprefix(PREFIX) not in known:
        raise YamlError(_line(event), f"the tag {tag.replace(PREFIX, '!!')} is not known")


def _is_merge(event: ScalarEvent) -> bool:
    plain = event.implicit[0] and event.style is None
    return _tag(event) == PREFIX + "merge" or (plain and event.value == "<<")


def _merge(into: dict[str, Any], value: Any, line: int) -> None:
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(source, dict) for source in sources):
        raise YamlError(line, "`<<` can only take in mappings")
    for source in sources:
        for key, item in source.items():
            into.setdefault(key, item)


def _key(value: Any, line: int) -> str:
    """`String(value)`, which is what a key of a JavaScript object becomes."""
    if isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            raise YamlError(line, "a list within a list cannot be a key")
        return ",".join("" if item is None else _key(item, line) for item in value)
    if isinstance(value, dict):
        return "[object Object]"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else number_to_string(value)
    return str(value)


def _scalar(event: ScalarEvent) -> Any:
    text = well_formed(event.value)
    tag = _tag(event).removeprefix(PREFIX)
    if tag in ("str", "!", "binary", "merge"):
        return text
    if tag == "":
        return plain_value(text) if event.style is None else text
    value = plain_value(text)
    if tag not in KINDS:
        _check_tag(event)
    if not isinstance(value, KINDS[tag]) or (isinstance(value, bool) and tag != "bool"):
        raise YamlError(_line(event), f"`{text}` cannot be read as !!{tag}")
    return value
