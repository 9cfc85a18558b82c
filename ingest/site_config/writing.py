"""Puts a `site:` section into a config.yaml, every other byte of which stays as it is.

ruamel.yaml says where a section begins and ends.  Its own round trip would lose the comment above the
next section (it hangs on the last value of the one before), so that the lines are exchanged instead.
"""

import difflib
import io
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode

from pipeline.config.site import SiteConfig
from pipeline.errors import ConfigError

SECTION = "site"
VARIABLE = re.compile(r"\$\{[A-Za-z_]")  # config.yaml would put the environment's value there
COMMENTS = {
    "root": "the site's folder; paths below are relative to it",
    "title": "shown by the chat page",
    "url": "the links of answers begin with it",
    "trailingSlash": "as the site is built",
    "i18n": "languages; each page is read in all of them",
    "markdown": "the dialect that the pages are written in",
    "docs": "the instances of the docs plugin",
}
HINTS = """
# Who writes the answers.  Without a key they are put together from the pages' own sentences.
# llm:
#   providers:
#     - name: openai
#       model: gpt-4o-mini
#       api_key: ${OPENAI_API_KEY}

# How answers are served.  List the documentation site here when its pages are to ask.
# api:
#   allowed_origins: [%s]
#   suggestions:
#     - How do I get started?
"""


class SectionDiffersError(Exception):
    """The file has another `site:` section.  `difference` shows both, as a unified diff."""

    def __init__(self, difference: str) -> None:
        super().__init__(difference)
        self.difference = difference


def section_text(values: Mapping[str, Any], root: str, origin: str, notes: Iterable[str]) -> str:
    """The section as YAML, `root` first, with comments.  `origin` names the file that it was read from."""
    section = CommentedMap({"root": root, **values})
    for key, comment in COMMENTS.items():
        if key in section:
            section.yaml_add_eol_comment(comment, key)
    head, _, body = _dumped(CommentedMap({SECTION: section})).partition("\n")
    lines = [f"read from {origin} by `python -m ingest init`; option names are Docusaurus's own", *notes]
    comments = "".join(f"  # {' '.join(_printable(line).split())}\n" for line in lines)
    return f"{head}\n{comments}{body}"


def without_variables(values: Any) -> tuple[Any, list[str]]:
    """`values` without the texts that config.yaml would expand, and those texts."""
    if isinstance(values, str):
        return (None, [values]) if VARIABLE.search(values) else (values, [])
    if not isinstance(values, dict | list):
        return values, []
    lost: list[str] = []
    kept: list[tuple[Any, Any]] = []
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        inner, gone = without_variables(value)
        lost += gone
        if inner is not None:
            kept.append((key, inner))
    return (dict(kept) if isinstance(values, dict) else [value for _, value in kept]), lost


def write_section(path: Path, section: str, *, force: bool) -> bool:
    """Writes `section` into the file at `path`; gives whether anything had to be changed.

    A file that is not there is made, with hints for the other sections.  Raises SectionDiffersError
    unless `force`d, ConfigError when the file is no YAML that a section can be put into.
    """
    path = path.resolve()
    if not path.exists():
        _replace(path, section + HINTS % (_address(section) or "https://docs.example.com"))
        return True
    try:
        old = path.read_text(encoding="utf-8")
        new, before = _exchanged(old, section)
    except (OSError, UnicodeDecodeError, YAMLError, ValueError) as error:
        raise ConfigError(str(path), [f"no section can be put into it: {error}"]) from error
    wanted = _plain(section)[SECTION]
    if before is not None and _same(before, wanted):
        return False
    if before is not None and not force:
        raise SectionDiffersError(_difference(before, wanted))
    _replace(path, new)
    return True


def _exchanged(old: str, section: str) -> tuple[str, Any]:
    """`old` with its section exchanged for `section`, and the value of the one it had, None without one."""
    values = _plain(old)
    place = _lines(old)
    if place is None and values and SECTION in values:
        raise ValueError(f"`{SECTION}` does not stand on lines of its own")
    lines = old.splitlines(keepends=True)
    if place is None:
        begin = end = len(lines)
        if lines and lines[-1].strip():
            section = ("" if lines[-1].endswith("\n") else "\n") + "\n" + section
    else:
        begin, end = place
    new = "".join([*lines[:begin], section, *lines[end:]])
    others = {key: value for key, value in values.items() if key != SECTION}
    if _plain(new) != {**others, SECTION: _plain(section)[SECTION]}:
        raise ValueError("another section would change with it")
    return new, values.get(SECTION)


def _lines(text: str) -> tuple[int, int] | None:
    """The first line of the section, and the line after its last that is not a comment of what follows."""
    root = YAML().compose(io.StringIO(text))
    if not isinstance(root, MappingNode) or root.flow_style:
        if root is not None:
            raise ValueError("it is not written as sections, line by line")
        return None
    found = next((pair for pair in root.value if pair[0].value == SECTION), None)
    if found is None:
        return None
    begin, after = found[0].start_mark.line, found[1].end_mark
    lines = text.splitlines(keepends=True)
    end = max(begin + 1, after.line if after.column == 0 else after.line + 1)
    while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return begin, end


def _plain(text: str) -> dict[str, Any]:
    values = YAML(typ="safe", pure=True).load(text)
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ValueError("it is not a mapping of sections")
    return values


def _same(one: Any, other: Any) -> bool:
    """Whether two sections mean the same: keys that are left out have their defaults."""
    try:
        return SiteConfig.model_validate(one) == SiteConfig.model_validate(other)
    except ValueError:
        return bool(one == other)


def _difference(before: Any, wanted: Any) -> str:
    one, other = (_dumped({SECTION: value}).splitlines() for value in (before, wanted))
    return "\n".join(difflib.unified_diff(one, other, "as it is", "as the site has it", lineterm="", n=1))


def _dumped(values: Mapping[str, Any]) -> str:
    text = io.StringIO()
    _yaml().dump(values, text)
    return text.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 4096  # no line is broken
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in line)


def _address(section: str) -> str:
    return str(_plain(section)[SECTION].get("url", ""))


def _replace(path: Path, text: str) -> None:
    """Writes beside and renames: the file is there whole or as it was."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="")
        if path.exists():
            beside.chmod(path.stat().st_mode)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(str(path), [f"cannot be written: {error}"]) from error
