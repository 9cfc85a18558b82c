"""Titles and descriptions found in a page's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.docusaurus.titles import content_title, excerpt


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# Start", "Start"),
        ("#   Start  ", "Start"),
        ("#\tStart", "Start"),
        ("\n\n# Start", "Start"),
        ("# Start\r\n\r\ntext", "Start"),
        ("# Start ##", "Start"),
        ("# C#", "C"),
        ("# Start {#begin}", "Start"),
        ("# Start {begin}", "Start"),
        ("# Start {#two words}", "Start {#two words}"),
        ("# Start {/* #begin */}", "Start {/* #begin */}"),
        ("# `config` and `x`", "config and x"),
        ("# **Bold** [link](x) :tada: <br/>", "**Bold** [link](x) :tada: <br/>"),
        ("# One\n# Two", "One"),
        ("Start\n===", "Start"),
        ("Start `x`\n=\nmore", "Start x"),
        ("Start ==\n==", "Start"),
        ("import A from 'a';\n\n# Start", "Start"),
        ("import A from 'a';\nimport B from 'b';\n\n\nimport C from 'c';\n\n# Start", "Start"),
        ("import A\r\n\r\n# Start", "Start"),
        ("important\n===", "important"),
        ("# ##", ""),
        ("# \nStart", "Start"),
        ("# \n\nStart", ""),
    ],
)
def test_content_title(body: str, title: str) -> None:
    """The first heading is the title, cleaned of its id and of code marks only."""
    assert content_title(body) == title


@pytest.mark.parametrize(
    "body",
    [
        "text\n\n# Start",
        "## Start",
        "#Start",
        "# ",
        "<!-- c -->\n# Start",
        "{/* c */}\n\n# Start",
        "export const a = 1;\n\n# Start",
        "import A from 'a';\n# Start",
        "import {\n a,\n\n b} from 'x';\n\n# Start",
        "***\n\n# Start",
        "two\nlines\n===",
        "",
    ],
)
def test_no_content_title(body: str) -> None:
    """Anything before the heading, but imports with a blank line behind them, means no title."""
    assert content_title(body) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# Title\n\nFirst *line* of [a link](x).\n\nSecond", "First line of a link."),
        ("Title\n===\ntext", "text"),
        ("## Heading\ntext", "Heading"),
        ("import A from 'a';\nimport B\n\ntext", "text"),
        ("export const a = [\n 1,\n];\n\ntext", "text"),
        ("```js\ncode\n```\ntext", "text"),
        ("````md\n```js\n```\ncode\n````\ntext", "text"),
        ("<Banner/>\n\n> quoted **text**", "quoted text"),
        (":::note\n\ninside\n\n:::", "inside"),
        ("![alt](x.png) and ~~no~~ `code`[^1]", "alt and no code"),
        ("# Title {#id}\n\ntext", "id}"),
        ("```\nonly code", ""),
        ("", ""),
    ],
)
def test_excerpt(body: str, expected: str) -> None:
    """The description is the first line that says something, without most of its markup."""
    assert excerpt(body) == expected


@given(st.text("#aé`{}[]()*_~<>:=!-\n\r\t import"))
def test_any_text(body: str) -> None:
    """Any text has a title of one line or none, and a description of one line."""
    title = content_title(body)
    assert title is None or "\n" not in title
    assert "\n" not in excerpt(body)
