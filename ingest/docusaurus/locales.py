"""Which locales a site has, where each is served and where its translations lie.

Rules of @docusaurus/core 3.10 `i18n.js` for a build of all locales.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ingest.docusaurus.permalinks import normalize_url
from ingest.docusaurus.problems import UnreadablePageError
from ingest.docusaurus.sources import read_source
from ingest.docusaurus.versions import CURRENT
from pipeline.config.site import LocaleConfig, SiteConfig


@dataclass(frozen=True, slots=True)
class Locale:
    """One language of the site.

    `base_url` starts and ends with a slash, `origin` is "https://host" or "", `folder` holds its
    translations, None where there are none to look for.
    """

    name: str
    base_url: str
    origin: str
    folder: Path | None


def read_locales(site: SiteConfig) -> tuple[Locale, ...]:
    """The locales of `site` in the order of its options."""
    return tuple(_locale(site, name) for name in dict.fromkeys(site.i18n.all_locales()))


def translated_folder(locale: Locale, plugin: str, version: str) -> Path | None:
    """Where the translations of one version of a docs instance lie, if there are any."""
    folder = _version_folder(locale, plugin, version)
    return folder if folder is not None and folder.is_dir() else None


def label_file(locale: Locale, plugin: str, version: str) -> Path | None:
    """The file that translates a version's label, if there is one."""
    folder = _version_folder(locale, plugin, version)
    path = folder.with_name(f"{folder.name}.json") if folder is not None else None
    return path if path is not None and path.is_file() else None


def translated_label(path: Path) -> str | None:
    """The version's label in the file at `path`, None where it has none.  Raises UnreadablePageError."""
    text = read_source(path)
    try:
        translations = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadablePageError((1, f"is not valid JSON: {error}")) from error
    label = translations.get("version.label") if isinstance(translations, dict) else None
    message = label.get("message") if isinstance(label, dict) else None
    return message if isinstance(message, str) and message else None


def _version_folder(locale: Locale, plugin: str, version: str) -> Path | None:
    if locale.folder is None:
        return None
    name = "docusaurus-plugin-content-docs" + ("" if plugin == "default" else f"-{plugin}")
    return locale.folder / name / (CURRENT if version == CURRENT else f"version-{version}")


def _locale(site: SiteConfig, name: str) -> Locale:
    options = site.i18n.localeConfigs.get(name, LocaleConfig())
    if options.baseUrl is not None:
        base_url = normalize_url(["/", options.baseUrl, "/"])
    else:
        part = "" if name == site.i18n.defaultLocale else name
        base_url = normalize_url(["/", site.baseUrl, part, "/"])
    folder = Path(os.path.normpath(site.root / site.i18n.path / (options.path or name)))
    translate = folder.is_dir() if options.translate is None else options.translate
    origin = site.url if options.url is None else options.url.rstrip("/")
    return Locale(name, base_url, origin, folder if translate else None)
