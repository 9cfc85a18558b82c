"""Docusaurus's options, as its configuration file gives them, made into our `site:` section.

They come as a tree of plain values.  In place of a value that could not be seen stands a mark,
`{"$unseen": why}`; `[name, options]` stands for a preset or plugin.  Names and defaults are those of
Docusaurus 3.10 (core `configValidation.ts`, preset-classic, plugin-content-docs `options.ts`).
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.config.site import (
    AdmonitionsConfig,
    DocsConfig,
    I18nConfig,
    LocaleConfig,
    MarkdownConfig,
    Mdx1Compat,
    SiteConfig,
    VersionConfig,
)

UNSEEN = "$unseen"
A_FUNCTION = "a function"
CLASSIC = frozenset({"classic", "@docusaurus/classic", "@docusaurus/preset-classic"})
CONTENT_DOCS = frozenset({"content-docs", "@docusaurus/content-docs", "@docusaurus/plugin-content-docs"})
DOCS_KEYS = tuple(DocsConfig.model_fields)
PRESUMED = [{"path": "docs", "routeBasePath": "docs"}]  # of a site whose instances cannot be seen
COMPAT_KEYS = tuple(Mdx1Compat.model_fields)


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """`values` is a valid `site:` section without `root`, `notes` what a person should know,
    `unseen` the options of ours that were given but not seen."""

    values: dict[str, Any]
    notes: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def unseen(why: str) -> dict[str, str]:
    """The mark for a value that cannot be seen."""
    return {UNSEEN: why}


def why_unseen(value: object) -> str | None:
    """Why `value` could not be seen, None when it is a value."""
    return str(value[UNSEEN]) if isinstance(value, dict) and UNSEEN in value else None


def site_options(tree: Mapping[str, Any], root: Path) -> SiteOptions:
    """The section for the site in `root` whose configuration is `tree`.  Never raises."""
    told = _Told()
    values = _top(tree, told)
    i18n = told.only(tree.get("i18n"), "i18n", I18nConfig)
    if i18n.get("localeConfigs"):
        i18n["localeConfigs"] = _entries(i18n["localeConfigs"], "i18n.localeConfigs", LocaleConfig, told)
    markdown = _markdown(tree, told)
    docs = [_instance(options, key, root, told) for key, options in _instances(tree, told)]
    if not docs:
        told.notes.append(
            "it has no docs instance that can be seen: `docs/` is taken; list yours as site.docs"
        )
    values |= {key: value for key, value in (("i18n", i18n), ("markdown", markdown)) if value}
    values["docs"] = docs
    values = _valid(values if docs else {**values, "docs": PRESUMED}, root, told)
    return SiteOptions(
        {**values, "docs": values.get("docs", PRESUMED)}, tuple(told.notes), tuple(told.unseen)
    )


@dataclass(slots=True)
class _Told:
    """What is to be told, gathered on the way."""

    notes: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def miss(self, key: str, why: str) -> None:
        self.unseen.append(key)
        self.notes.append(f"could not be carried over: {key} ({why})")

    def seen(self, value: Any, key: str) -> Any:
        """`value` without what could not be seen, None if nothing is left."""
        why = why_unseen(value)
        if why is not None:
            return self.miss(key, why)
        if isinstance(value, dict):
            kept = {name: self.seen(inner, f"{key}.{name}") for name, inner in value.items()}
            return {name: inner for name, inner in kept.items() if inner is not None}
        if isinstance(value, list):
            items = [self.seen(inner, f"{key}[{place}]") for place, inner in enumerate(value)]
            return [item for item in items if item is not None]
        return value

    def spreads(self, value: Mapping[str, Any], key: str) -> None:
        """Tells of the objects that were spread into `value` and could not be seen."""
        for name in value:
            if name.startswith("..."):
                self.miss(f"what is spread into {key}", why_unseen(value[name]) or "not an object")

    def only(self, value: Any, key: str, model: type[BaseModel]) -> dict[str, Any]:
        """The options in `value` that `model` has, those that could not be seen told."""
        if why_unseen(value) is not None or not isinstance(value, dict):
            self.seen(value, key)
            return {}
        self.spreads(value, key)
        wanted = {name: value[name] for name in model.model_fields if value.get(name) is not None}
        kept = {name: self.seen(inner, f"{key}.{name}") for name, inner in wanted.items()}
        return {name: inner for name, inner in kept.items() if inner is not None}


def _top(tree: Mapping[str, Any], told: _Told) -> dict[str, Any]:
    values = {}
    told.spreads(tree, "the configuration")
    for key in ("title", "url", "baseUrl", "trailingSlash"):
        value = told.seen(tree.get(key), key)
        if value is not None:
            values[key] = value
    return values


def _markdown(tree: Mapping[str, Any], told: _Told) -> dict[str, Any]:
    """`markdown`, with what `future.v4` changes in it (configValidation.ts, `mdx1CompatDisabledByDefault`)."""
    given = tree.get("markdown")
    section = told.only(given, "markdown", MarkdownConfig)
    options = given if isinstance(given, dict) else {}
    for name in ("parseFrontMatter", "preprocessor"):
        if why_unseen(options.get(name)) is not None:
            told.notes.append(f"could not be carried over: markdown.{name} (it may change what pages say)")
    future = told.seen(tree.get("future"), "future") or {}
    v4 = future.get("v4") if isinstance(future, dict) else None
    off = v4 is True or (isinstance(v4, dict) and v4.get("mdx1CompatDisabledByDefault") is True)
    own = section.pop("mdx1Compat", None)
    own = {name: own[name] for name in COMPAT_KEYS if name in own} if isinstance(own, dict) else {}
    if off or own:
        section["mdx1Compat"] = {**dict.fromkeys(COMPAT_KEYS, not off), **own}
    if isinstance(section.get("anchors"), dict):
        section["anchors"] = {k: v for k, v in section["anchors"].items() if k == "maintainCase"}
    return section


def _instances(tree: Mapping[str, Any], told: _Told) -> Iterator[tuple[str, dict[str, Any]]]:
    """The options of each docs instance, and what to call it."""
    for place, item in enumerate(_listed(tree, "presets", told)):
        name, options = _named(item, f"presets[{place}]", told)
        if name is None:
            continue
        docs = options.get("docs")
        if name not in CLASSIC:
            told.notes.append(f"the preset {name} was not looked into, but for an option `docs`")
        if docs is False or (name not in CLASSIC and not isinstance(docs, dict)):
            continue
        hidden = why_unseen(options) or why_unseen(docs)
        if hidden is not None:
            told.miss(f"presets[{place}].docs", hidden)
        yield "presets.docs", docs if isinstance(docs, dict) and UNSEEN not in docs else {}
    for place, item in enumerate(_listed(tree, "plugins", told)):
        name, options = _named(item, f"plugins[{place}]", told)
        if name in CONTENT_DOCS:
            if (why := why_unseen(options)) is not None:
                told.miss(f"plugins[{place}]", why)
                options = {}
            yield f"docs[{options.get('id', 'default')}]", options


def _listed(tree: Mapping[str, Any], key: str, told: _Told) -> list[Any]:
    value = tree.get(key)
    if isinstance(value, list):
        return value
    told.seen(value, key)
    return []


def _named(item: Any, key: str, told: _Told) -> tuple[str | None, dict[str, Any]]:
    """The package name and options of a preset or plugin; no name for one that is off or unknown."""
    if (why := why_unseen(item)) is not None:
        if why != A_FUNCTION:  # a plugin written in place: it has no options to carry over
            told.miss(key, why)
        return None, {}
    parts = item if isinstance(item, list) else [item]
    name = parts[0] if parts else None
    if (why := why_unseen(name)) is not None and why != A_FUNCTION:
        told.miss(f"{key}[0]", why)
    if not isinstance(name, str):
        return None, {}
    options = parts[1] if len(parts) > 1 else None
    return _package(name), options if isinstance(options, dict) else {}


def _package(name: str) -> str:
    """`name` without the way to it: `require.resolve` gives a file below node_modules."""
    place, found, inner = name.replace("\\", "/").rpartition("node_modules/")
    if not found:
        return place or inner
    parts = inner.split("/")
    return "/".join(parts[: 2 if inner.startswith("@") else 1])


def _instance(options: dict[str, Any], key: str, root: Path, told: _Told) -> dict[str, Any]:
    found = told.only(options, key, DocsConfig)
    values = {name: found[name] for name in DOCS_KEYS if name in found}
    functions = [name for name, value in options.items() if why_unseen(value) == A_FUNCTION]
    left = [name for name in functions if name not in DOCS_KEYS]
    if left:
        told.notes.append(f"could not be carried over: functions of {key}: {', '.join(left)}")
    if options.get("beforeDefaultRemarkPlugins"):
        told.notes.append(f"could not be carried over: {key}.beforeDefaultRemarkPlugins (may change anchors)")
    if isinstance(values.get("versions"), dict):
        values["versions"] = _entries(values["versions"], f"{key}.versions", VersionConfig, told)
    if isinstance(values.get("admonitions"), dict):
        known = AdmonitionsConfig.model_fields
        values["admonitions"] = {k: v for k, v in values["admonitions"].items() if k in known}
    folder = values.pop("path", "docs")
    if isinstance(folder, str) and os.path.isabs(folder):
        folder = Path(os.path.relpath(os.path.realpath(folder), os.path.realpath(root))).as_posix()
    identity = {"id": values.pop("id")} if "id" in values else {}
    base = values.pop("routeBasePath", "docs")
    return {**identity, "path": folder, "routeBasePath": base, **values}


def _entries(value: Any, key: str, model: type[BaseModel], told: _Told) -> dict[str, Any]:
    entries = value.items() if isinstance(value, dict) else ()
    return {str(name): told.only(entry, f"{key}.{name}", model) for name, entry in entries}


def _valid(values: dict[str, Any], root: Path, told: _Told) -> dict[str, Any]:
    """`values` without those that our own configuration refuses."""
    for _ in range(100):  # each round leaves one out at least
        try:
            SiteConfig.model_validate({"root": root, **values})
        except ValidationError as error:
            for item in error.errors(include_url=False):
                _leave_out(values, item["loc"], item["msg"], told)
        else:
            return values
    return {}


def _leave_out(values: Any, loc: tuple[int | str, ...], why: str, told: _Told) -> None:
    """Removes what `loc` points at, or the nearest thing around it that is there."""
    holder: Any = values
    key: Any = loc[0]
    for part in loc[1:]:
        inner = holder[key] if isinstance(holder, list) or key in holder else None
        inside = isinstance(inner, dict) and part in inner
        inside = inside or (isinstance(inner, list) and isinstance(part, int) and part < len(inner))
        if not inside:
            break
        holder, key = inner, part
    if isinstance(holder, list) or key in holder:
        told.miss(".".join(map(str, loc)), why.removeprefix("Value error, "))
        del holder[key]
