"""The `site:` section: Docusaurus's own option names, so that they can be copied from its configuration.

Names and defaults are those of Docusaurus 3.10 (docusaurus.config.js and plugin-content-docs).
What they mean for a page's address is worked out in `ingest`, not here.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from pipeline.config.base import ConfigPath, Part

DEFAULT_INCLUDE = ("**/*.{md,mdx}",)
DEFAULT_EXCLUDE = (
    "**/_*.{js,jsx,ts,tsx,md,mdx}",
    "**/_*/**",
    "**/*.test.{js,jsx,ts,tsx}",
    "**/__tests__/**",
)


class LocaleConfig(Part):
    """One entry of `i18n.localeConfigs`: only what changes addresses or texts."""

    label: str | None = None
    htmlLang: str | None = None
    direction: Literal["ltr", "rtl"] | None = None
    calendar: str | None = None
    path: str | None = Field(default=None, description="folder below i18n/; default: the locale")
    baseUrl: str | None = Field(default=None, description="default: <baseUrl><locale>/")
    url: str | None = None
    translate: bool | None = Field(default=None, description="default: whether the folder exists")


class I18nConfig(Part):
    """`i18n`: the languages of the site."""

    path: str = "i18n"
    defaultLocale: str = "en"
    locales: tuple[str, ...] = ()
    localeConfigs: dict[str, LocaleConfig] = Field(default_factory=dict)

    def all_locales(self) -> tuple[str, ...]:
        """The locales to read, the default one first when none are listed."""
        return self.locales or (self.defaultLocale,)


class Mdx1Compat(Part):
    """`markdown.mdx1Compat`: the MDX 1 habits that Docusaurus 3 keeps; all off under future.v4."""

    comments: bool = True
    admonitions: bool = True
    headingIds: bool = True


class AnchorsConfig(Part):
    """`markdown.anchors`."""

    maintainCase: bool = False


class MarkdownConfig(Part):
    """`markdown`: which dialect a file is written in."""

    format: Literal["mdx", "md", "detect"] = "mdx"
    mdx1Compat: Mdx1Compat = Mdx1Compat()
    anchors: AnchorsConfig = AnchorsConfig()
    mermaid: bool = False
    emoji: bool = True

    @field_validator("mdx1Compat", mode="before")
    @classmethod
    def _null_is_default(cls, value: object) -> object:
        return {} if value is None else value


class VersionConfig(Part):
    """One entry of a docs instance's `versions`."""

    label: str | None = None
    path: str | None = None
    banner: Literal["none", "unreleased", "unmaintained"] | None = None
    badge: bool | None = None
    className: str | None = None
    noIndex: bool = False


class AdmonitionsConfig(Part):
    """`admonitions` of a docs instance."""

    keywords: tuple[str, ...] = ()
    extendDefaults: bool = True


class DocsConfig(Part):
    """One instance of plugin-content-docs."""

    id: str = "default"
    path: str = Field(default="docs", description="relative to site.root; may point outside it")
    routeBasePath: str = "docs"
    include: tuple[str, ...] = DEFAULT_INCLUDE
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    lastVersion: str | None = None
    onlyIncludeVersions: tuple[str, ...] | None = None
    includeCurrentVersion: bool = True
    disableVersioning: bool = False
    versions: dict[str, VersionConfig] = Field(default_factory=dict)
    numberPrefixParser: bool = True
    tags: str | Literal[False] | None = Field(
        default="tags.yml", description="the file of predefined tags in each version's folder; false: none"
    )
    admonitions: bool | AdmonitionsConfig = True


class SiteConfig(Part):
    """`site`: where the documentation is and how the site is built from it."""

    root: ConfigPath = Field(default=Path("."), validate_default=True, description="the site's folder")
    title: str = Field(default="", description="the site's name, for the chat page")
    url: str = Field(default="", description="https://docs.example.com, without baseUrl")
    baseUrl: str = "/"
    trailingSlash: bool | None = None
    i18n: I18nConfig = I18nConfig()
    markdown: MarkdownConfig = MarkdownConfig()
    docs: tuple[DocsConfig, ...] = (DocsConfig(),)

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("should start with http:// or https://")
        return value.rstrip("/")

    @field_validator("docs")
    @classmethod
    def _ids_differ(cls, value: tuple[DocsConfig, ...]) -> tuple[DocsConfig, ...]:
        ids = [docs.id for docs in value]
        if not value:
            raise ValueError("should list at least one docs instance")
        if len(set(ids)) < len(ids):
            raise ValueError(f"each instance needs an id of its own, got {', '.join(ids)}")
        return value
