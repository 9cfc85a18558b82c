"""Which languages a site has, and which text a page has in each."""

from collections.abc import Callable

from ingest.docusaurus.discovery import discover
from pipeline.config import SiteConfig

MakeSite = Callable[..., SiteConfig]
TRANSLATIONS = "docusaurus-plugin-content-docs"


def test_locales(make_site: MakeSite) -> None:
    """A translation stands in for the file, the rest falls back, and only listed files are pages."""
    site = make_site(
        [
            "docs/a.md",
            "docs/b.md",
            f"i18n/fr/{TRANSLATIONS}/current/a.md",
            f"i18n/fr/{TRANSLATIONS}/current/only-here.md",
        ],
        baseUrl="base",
        i18n={"defaultLocale": "en", "locales": ["en", "fr"]},
    )
    assert [(f.locale.name, f.source, f.version_path) for f in discover(site).files] == [
        ("en", "docs/a.md", "/base/docs"),
        ("en", "docs/b.md", "/base/docs"),
        ("fr", f"i18n/fr/{TRANSLATIONS}/current/a.md", "/base/fr/docs"),
        ("fr", "docs/b.md", "/base/fr/docs"),
    ]


def test_default_locale_is_overridden_too(make_site: MakeSite) -> None:
    """A folder of translations for the default locale overrides its own docs, without a prefix."""
    (file,) = discover(make_site(["docs/a.md", f"i18n/en/{TRANSLATIONS}/current/a.md"])).files
    assert (file.source, file.version_path) == (f"i18n/en/{TRANSLATIONS}/current/a.md", "/docs")


def test_translated_versions_and_instances(make_site: MakeSite) -> None:
    """Translations lie in a folder for the instance and the version."""
    translated = [
        f"i18n/fr/{TRANSLATIONS}/version-1.0/a.md",
        f"i18n/fr/{TRANSLATIONS}-api/current/a.md",
    ]
    site = make_site(
        dict.fromkeys(["docs/a.md", "versioned_docs/version-1.0/a.md", "api/a.md", *translated], "word")
        | {"versions.json": '["1.0"]'},
        i18n={"locales": ["fr"], "defaultLocale": "fr"},
        docs=[{}, {"id": "api", "path": "api"}],
    )
    assert [file.source for file in discover(site).files] == ["docs/a.md", *translated]


def test_translated_version_label(make_site: MakeSite) -> None:
    """A version's label may be translated; a broken file of translations is reported."""
    files = {
        "docs/a.md": "word",
        "versions.json": '["1.0"]',
        "versioned_docs/version-1.0/a.md": "word",
        f"i18n/fr/{TRANSLATIONS}/current.json": '{"version.label": {"message": "À venir"}}',
        f"i18n/fr/{TRANSLATIONS}/version-1.0.json": "{",
    }
    found = discover(make_site(files, i18n={"locales": ["en", "fr"]}))
    assert [file.version.label for file in found.files] == ["Next", "1.0", "À venir", "1.0"]
    assert [problem.source for problem in found.problems] == [f"i18n/fr/{TRANSLATIONS}/version-1.0.json"]


def test_locale_options(make_site: MakeSite) -> None:
    """A locale may have a folder, an address and a host of its own, or no translations at all."""
    site = make_site(
        ["docs/a.md", f"langs/french/{TRANSLATIONS}/current/a.md", f"langs/de/{TRANSLATIONS}/current/a.md"],
        url="https://x.io",
        i18n={
            "path": "langs",
            "locales": ["en", "fr", "de"],
            "localeConfigs": {
                "fr": {"path": "french", "baseUrl": "francais", "url": "https://x.fr/"},
                "de": {"translate": False},
            },
        },
    )
    assert [(f.source, f.version_path, f.locale.origin) for f in discover(site).files] == [
        ("docs/a.md", "/docs", "https://x.io"),
        (f"langs/french/{TRANSLATIONS}/current/a.md", "/francais/docs", "https://x.fr"),
        ("docs/a.md", "/de/docs", "https://x.io"),
    ]
