"""Matches file names as globby does: `include` and `exclude` of a docs instance.

The patterns are wcmatch's; what is globby's own is here: a dot at the start of a name must be written
out to be included but not to be excluded, a folder's name includes all below it, and an excluded
folder is not entered.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from wcmatch import glob

from pipeline.errors import SiteError

Matcher = Callable[[str], bool]
FLAGS = glob.GLOBSTAR | glob.BRACE | glob.EXTGLOB | glob.CASE | glob.FORCEUNIX
MAGIC = frozenset("*?[]{}()!+@|\\")
# A bracket without one of ?*+@! before it is a group of its own for micromatch: (a|b) means @(a|b).
BARE_GROUP = re.compile(r"(?<![?*+@!\\])\(")


class PageGlobs:
    """Which files of one content folder are pages; paths are relative to it, with forward slashes."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str], folder: Path) -> None:
        """Raises SiteError for a pattern that cannot be used."""
        positives = [(index, pattern) for index, pattern in enumerate(include) if not _negated(pattern)]
        self._included = [
            (
                _compiled([_expanded(pattern, folder)], "include"),
                _compiled([p[1:] for p in include[index:] if _negated(p)], "include", dots=True),
            )
            for index, pattern in positives
        ]
        excluded = [pattern[1:] if _negated(pattern) else pattern for pattern in exclude]
        self._excluded = _compiled(excluded, "exclude", dots=True)
        self._closed = _compiled([p for p in excluded if _closes_folders(p)], "exclude", dots=True)
        self._enters_dots = any("/." in f"/{pattern.removeprefix('./')}" for _, pattern in positives)

    def includes(self, path: str) -> bool:
        """Whether the file at `path` is a page."""
        return not self._excluded(path) and any(
            positive(path) and not negative(path) for positive, negative in self._included
        )

    def enters(self, path: str) -> bool:
        """Whether the folder at `path` may hold pages."""
        hidden = path.rpartition("/")[2].startswith(".") and not self._enters_dots
        return not hidden and not self._closed(path)


def _negated(pattern: str) -> bool:
    return pattern.startswith("!") and not pattern.startswith("!(")


def _closes_folders(pattern: str) -> bool:
    """Whether a folder that `pattern` excludes is not even entered (fast-glob's rule)."""
    return pattern.endswith("/**") or not MAGIC & set(pattern.rpartition("/")[2])


def _expanded(pattern: str, folder: Path) -> str:
    """A folder's plain name stands for everything below it."""
    plain = pattern.strip("/")
    if plain and not MAGIC & set(pattern) and (folder / plain).is_dir():
        return f"{plain}/**"
    return pattern


def _compiled(patterns: Sequence[str], option: str, *, dots: bool = False) -> Matcher:
    try:
        usable = [BARE_GROUP.sub("@(", pattern.removeprefix("./")) for pattern in patterns if pattern]
        if not usable:
            return _nothing
        matcher: Matcher = glob.compile(usable, flags=FLAGS | (glob.DOTGLOB if dots else 0)).match
        return matcher
    except Exception as error:  # wcmatch raises whatever re and its own limits raise
        raise SiteError(f"site.docs: `{option}` holds a pattern that cannot be used: {error}") from error


def _nothing(_path: str) -> bool:
    return False
