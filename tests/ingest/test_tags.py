"""Tags by their labels, as the tags file of a version predefines them."""

from collections.abc import Callable

import pytest

from ingest.docusaurus.site import read_site
from pipeline.config import SiteConfig

MakeSite = Callable[..., SiteConfig]
PAGE = "---\ntags: [setup, other, {label: Own, permalink: /own}]\n---\ntext"


def tags(site: SiteConfig) -> list[tuple[str, ...]]:
    return [page.tags for page in read_site(site).pages]


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ("setup:\n  label: Set-up\n", "Set-up"),
        ("setup:\n", "Setup"),
        ("setup:\n  permalink: /s\n", "Setup"),
        ("another: {label: x}", "setup"),
    ],
)
def test_a_tag_has_the_label_of_the_tags_file(make_site: MakeSite, content: str, label: str) -> None:
    """Without one of its own, a predefined tag has its name with a capital; other tags stay as written."""
    assert tags(make_site({"docs/a.md": PAGE, "docs/tags.yml": content})) == [(label, "other", "Own")]


def test_every_version_and_language_has_its_own(make_site: MakeSite) -> None:
    """A translated tags file takes the place of the default one; versions have nothing to do with each other."""
    files = {
        "docs/a.md": PAGE,
        "docs/tags.yml": "setup: {label: Set-up}",
        "versions.json": '["1"]',
        "versioned_docs/version-1/a.md": PAGE,
        "i18n/fr/docusaurus-plugin-content-docs/current/tags.yml": "setup: {label: Installation}",
    }
    i18n = {"defaultLocale": "en", "locales": ["en", "fr"]}
    first = [of[0] for of in tags(make_site(files, i18n=i18n))]
    assert first == ["Set-up", "setup", "Installation", "setup"]


def test_the_file_can_be_another_or_none(make_site: MakeSite) -> None:
    """`tags` of the instance names it; false means none."""
    files = {"docs/a.md": PAGE, "docs/t.yml": "setup: {label: Set-up}", "docs/tags.yml": "setup: {label: No}"}
    assert tags(make_site(files, docs=[{"tags": "t.yml"}]))[0][0] == "Set-up"
    assert tags(make_site(files, docs=[{"tags": False}]))[0][0] == "setup"


def test_a_tags_file_that_cannot_be_read_is_a_problem(make_site: MakeSite) -> None:
    """The pages are read all the same."""
    site = make_site({"docs/a.md": PAGE, "docs/tags.yml": "a: [\n"})
    reading = read_site(site)
    assert [page.tags[0] for page in reading.pages] == ["setup"]
    assert "docs/tags.yml:2: is not valid YAML" in str(reading.problems[0])
