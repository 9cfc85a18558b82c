"""Any text at all: read without raising, in bounded work, and without losing words."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.docusaurus.markdown import Dialect
from tests.ingest.markdown.reading_cases import ALL, V3MD, V3MDX, read

PIECES = [
    "a", "word ", "\n", "\n\n", "    ", "\t", "#", "## ", "- ", "1. ", "> ", "`", "```", "~~~", "*", "**", "_", "~~",
    "[", "]", "](", ")", "![", "|", "|---|", "<", ">", "</", "/>", "<b>", "</b>", "<P/>", "<Tabs>", "<a href='", "<!--",
    "-->", "{", "}", "{/*", "*/}", "{#x}", "'", '"', "`}", "${", "=", ":", "::", ":::", ":::note", "[^1]", "[^1]: ",
    "import P from './p.mdx'\n", "export const a = ", "---", "===", "\\", "&amp;", "https://", "mdx-code-block", "é", "🚀",
    "\x00", "\r", "\u2028", "<details>", "<summary>", "<style>", "<pre>", "<CodeBlock>",
]  # fmt: skip

texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=250, deadline=None)
@given(text=texts, dialect=st.sampled_from(ALL))
def test_nothing_raises(text: str, dialect: Dialect) -> None:
    """Headings have levels 2 to 6, sections a trail that ends in their title, problems a line of the text."""
    body = read(text, dialect, p=text)
    assert all(2 <= heading.level <= 6 for heading in body.headings)
    assert all(section.breadcrumbs[0] == "Page" for section in body.sections)
    assert all(section.breadcrumbs[-1] == section.title for section in body.sections)
    lines = len(re.split(r"\r\n|\r|\n", text))
    assert all(1 <= problem.line <= lines for problem in body.problems)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["one", "*two*", "`three`", "[four](x)", "- five", "> six", "## seven", "\n", "\n\n"])
    )
)
def test_no_word_is_lost(pieces: list[str]) -> None:
    """Every word is in a title or in a text, as often as it was written."""
    text = " ".join(pieces)
    body = read("start\n\n" + text)
    shown = " ".join(f"{section.title if section.anchor else ''} {section.text}" for section in body.sections)
    for word in ("one", "two", "three", "four", "five", "six", "seven"):
        assert len(re.findall(word, shown)) >= len(re.findall(word, text))


OPENERS = [
    "> ", "- ", "[", "![", "[a](", "{", "{`", "{(", "{/*", "<a ", "<b>", "<a b={", "<a b='", "<!--", "<!-- a\n\n", "`",
    "``a`", "*", "**a*", "_a ", ":a[", ":a{b", ":::note\n", "[^a]: ", "&a", "<div>\n", "<details>\n\n", "```\n", "| a ",
    "export const a = {\n\n", "https://a(", "```mdx-code-block\n", "<?", "<![CDATA[", "- > ", "\t- ", "- a\n- ",
    "[^a]:\n", ":a{.", "[*", "[\\]", "a|b\n-|-\n", "=\n",
]  # fmt: skip


@pytest.mark.parametrize("dialect", [V3MDX, V3MD])
@pytest.mark.parametrize("opener", OPENERS)
def test_openers_that_nothing_closes_are_read(opener: str, dialect: Dialect) -> None:
    """Hundreds of anything that opens, one in the other, end in a text or a problem, not in a crash."""
    body = read(opener * 300 + "\n\n\nlast", dialect)
    assert (
        body.sections
        or body.problems
        or opener == "```mdx-code-block\n"
        or opener.startswith(("[^", "```", "<"))
    )


@pytest.mark.parametrize("opener", OPENERS)
def test_work_grows_with_the_length(opener: str) -> None:
    """Four times the openers make far less than sixteen times the calls."""
    small, large = _calls(opener * 100), _calls(opener * 400)
    assert large < 8 * small


@pytest.mark.parametrize("pattern", ["- a\n\n", "[*"])
def test_what_is_too_much_for_a_page_is_plain_text(pattern: str) -> None:
    """Past a bound no markup is looked for, so that a page of megabytes takes seconds; no word is lost."""
    body = read(pattern * 210_000 + "\n\n## Last")
    assert "Last" in body.sections[-1].text + body.sections[-1].title
    assert sum(section.text.count("a") + section.text.count("*") for section in body.sections) >= 210_000


def test_a_module_of_many_headings_is_read_once() -> None:
    """What looks like headings in a template does not end the block that it is in."""
    body = read("export const a = `\n" + "## no\n" * 20_000 + "\n`;\n\n## Yes")
    assert [heading.id for heading in body.headings] == ["yes"]


def _calls(text: str) -> int:
    """How many functions are called to read `text`."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    read(text)
    sys.setprofile(count)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return calls
