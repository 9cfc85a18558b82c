"""Checks front matter as Docusaurus's schema for docs does, and makes the noun FrontMatter.

Rules of plugin-content-docs `frontMatter.ts` and utils-validation `JoiFrontMatter.ts`,
`validationSchemas.ts`.  Unknown keys pass.  Addresses (`image`, `custom_edit_url`) are only looked at
as far as their type: they do not change what we read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ingest.docusaurus.front_matter.plain_words import Date
from ingest.docusaurus.javascript import number_to_string, trim, well_formed
from ingest.docusaurus.problems import UnreadablePageError

Values = dict[str, Any]
Check = Callable[[str, Values], Iterator[str]]
Format = Literal["mdx", "md", "detect"]
LARGEST_SAFE = 2**53 - 1  # Joi refuses numbers that JavaScript cannot hold exactly
HEADING_LEVELS = (2, 6)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a page's front matter says, as far as it is read here.  None: not said."""

    id: str | None = None
    title: str | None = None
    slug: str | None = None
    description: str | None = None
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    draft: bool = False
    unlisted: bool = False
    parse_number_prefixes: bool = True
    format: Format | None = None


def check_fields(data: Any, key_lines: Mapping[str, int] | None = None) -> FrontMatter:
    """The front matter in `data`.  Raises UnreadablePageError with everything that is wrong with it."""
    lines = key_lines or {}
    if not isinstance(data, dict):
        raise UnreadablePageError((1, "the front matter should be a mapping of keys to values"))
    values: Values = dict(data)
    notes = [
        (lines.get(key, 1), message)
        for key, check in CHECKS.items()
        if key in values
        for message in check(key, values)
    ]
    if not notes and values.get("draft") and values.get("unlisted"):
        notes.append((lines.get("unlisted", 1), "a page cannot be both draft and unlisted"))
    if notes:
        raise UnreadablePageError(*notes)
    return _front_matter(values)


def _front_matter(values: Values) -> FrontMatter:
    texts = {name: values.get(name) for name in ("id", "title", "slug", "description")}
    mdx = values.get("mdx")
    return FrontMatter(
        **texts,
        keywords=tuple(values.get("keywords", ())),
        tags=tuple(tag if isinstance(tag, str) else tag["label"] for tag in values.get("tags", ())),
        draft=values.get("draft", False),
        unlisted=values.get("unlisted", False),
        parse_number_prefixes=values.get("parse_number_prefixes", True),
        format=mdx.get("format") if isinstance(mdx, dict) else None,
    )


def _as_text(value: Any) -> str | None:
    """`value` where a text is expected: numbers and dates become text, nothing else does."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, Date):
        return str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_to_string(value)
    return None


def _text_problem(value: Any, *, empty: bool = False) -> str | None:
    text = _as_text(value)
    if text is None:
        return "should be text; put it in quotes" if isinstance(value, bool) else "should be text"
    return "should not be empty" if text == "" and not empty else None


def _text(*, empty: bool = False, null: bool = False) -> Check:
    def check(key: str, values: Values) -> Iterator[str]:
        if null and values[key] is None:
            return
        if problem := _text_problem(values[key], empty=empty):
            yield f"`{key}` {problem}"
        values[key] = _as_text(values[key])

    return check


def _boolean(key: str, values: Values) -> Iterator[str]:
    value = values[key]
    if isinstance(value, str) and value.lower() in ("true", "false"):
        values[key] = value.lower() == "true"
    elif not isinstance(value, bool):
        yield f"`{key}` should be true or false"


def _as_number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = float(trim(value)) if "_" not in value else None
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= LARGEST_SAFE else None


def _number(key: str, values: Values) -> Iterator[str]:
    if _as_number(values[key]) is None:
        yield f"`{key}` should be a number"


def _heading_level(key: str, values: Values) -> Iterator[str]:
    level = _as_number(values[key])
    lowest, highest = HEADING_LEVELS
    if key == "toc_min_heading_level" and "toc_max_heading_level" in values:
        highest = int(_as_number(values["toc_max_heading_level"]) or highest)
    if level is None or not lowest <= level <= highest:
        yield f"`{key}` should be a number from {lowest} to {highest}"


def _keywords(key: str, values: Values) -> Iterator[str]:
    keywords = values[key]
    if not isinstance(keywords, list) or not keywords:
        yield f"`{key}` should be a list of texts"
        return
    for index, keyword in enumerate(keywords):
        if problem := _text_problem(keyword):
            yield f"`{key}[{index}]` {problem}"
    values[key] = [_as_text(keyword) for keyword in keywords]


def _tags(key: str, values: Values) -> Iterator[str]:
    tags = values[key]
    if not isinstance(tags, list):
        yield f"`{key}` should be a list"
        return
    for index, tag in enumerate(tags):
        parts = [tag.get("label"), tag.get("permalink")] if isinstance(tag, dict) else [tag]
        if any(map(_text_problem, parts)):
            yield f"`{key}[{index}]` should be text, or a label with a permalink"
    values[key] = [
        {"label": _as_text(tag.get("label"))} if isinstance(tag, dict) else _as_text(tag) for tag in tags
    ]


def _mapping(key: str, values: Values) -> Iterator[str]:
    if not isinstance(values[key], dict):
        yield f"`{key}` should be a mapping"


def _address(*allowed: Any) -> Check:
    def check(key: str, values: Values) -> Iterator[str]:
        value = values[key]
        if value not in allowed and (not isinstance(value, str) or not value):
            yield f"`{key}` should be an address"

    return check


def _last_update(key: str, values: Values) -> Iterator[str]:
    value = values[key]
    if not isinstance(value, dict) or not {"author", "date"} & set(value):
        yield f"`{key}` should name an author, a date or both"


def _mdx(key: str, values: Values) -> Iterator[str]:
    mdx = values[key]
    if isinstance(mdx, dict) and mdx.get("format", "mdx") not in ("mdx", "md", "detect"):
        yield f"`{key}.format` should be mdx, md or detect"


CHECKS: dict[str, Check] = {
    "id": _text(),
    "title": _text(empty=True),
    "hide_title": _boolean,
    "hide_table_of_contents": _boolean,
    "keywords": _keywords,
    "image": _address(),
    "description": _text(empty=True),
    "slug": _text(),
    "sidebar_key": _text(),
    "sidebar_label": _text(),
    "sidebar_position": _number,
    "sidebar_class_name": _text(),
    "sidebar_custom_props": _mapping,
    "displayed_sidebar": _text(null=True),
    "tags": _tags,
    "pagination_label": _text(),
    "custom_edit_url": _address("", None),
    "parse_number_prefixes": _boolean,
    "pagination_next": _text(null=True),
    "pagination_prev": _text(null=True),
    "toc_min_heading_level": _heading_level,
    "toc_max_heading_level": _heading_level,
    "last_update": _last_update,
    "draft": _boolean,
    "unlisted": _boolean,
    "mdx": _mdx,
}
