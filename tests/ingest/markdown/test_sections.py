"""Where sections begin, and what they are called."""

from tests.ingest.markdown.reading_cases import read


def test_each_heading_begins_a_section_with_its_trail() -> None:
    """Breadcrumbs are the page's title and the headings above, down to the section's own."""
    body = read("# T\n\nintro\n\n## A\n\none\n\n#### B\n\n### C\n\n## D\n\ntwo")
    assert [(s.anchor, s.title, s.breadcrumbs, s.text) for s in body.sections] == [
        ("", "Page", ("Page",), "intro"),
        ("a", "A", ("Page", "A"), "one"),
        ("b", "B", ("Page", "A", "B"), ""),
        ("c", "C", ("Page", "A", "C"), ""),
        ("d", "D", ("Page", "D"), "two"),
    ]


def test_an_opening_without_text_is_no_section() -> None:
    """Nothing before the first heading, nothing to cite."""
    assert [section.anchor for section in read("# T\n\n{/* c */}\n\n## A").sections] == ["a"]
    assert read("# T").sections == ()


def test_headings_without_an_anchor_join_the_section_above() -> None:
    """An emoji, a second H1 or an H1 after a rule has no id in the page: its words stay, bold."""
    body = read("## A\n\n## 🚀\n\nfly\n\n# Second *one*\n\nmore")
    assert [(s.anchor, s.text) for s in body.sections] == [("a", "**🚀**\n\nfly\n\n**Second one**\n\nmore")]
    assert read("---\n\n# Late").sections[0].text == "**Late**"


def test_a_section_that_begins_in_a_list_says_nothing_of_the_list() -> None:
    """The containers around a heading stay outside of its section, those within it are kept."""
    body = read("- item\n\n  ## A\n\n  text\n\n  - inner\n\n> ## B\n>\n> quoted")
    assert [(s.anchor, s.text) for s in body.sections] == [
        ("", "- item"),
        ("a", "text\n\n- inner"),
        ("b", "quoted"),
    ]


def test_titles_are_the_words_of_the_page() -> None:
    """A section's title has no markup and no id, and keeps what a directive's name says."""
    body = read("## `code` *b* {#x}\n\n## Do:it {'now'}\n\n## One<br/>two ~three~")
    assert [section.title for section in body.sections] == ["code b", "Do:it now", "One two three"]
