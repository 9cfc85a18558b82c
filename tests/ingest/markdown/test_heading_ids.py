"""Heading ids in the four dialects, rule by rule."""

import pytest

from ingest.docusaurus.markdown import Dialect
from tests.ingest.markdown.reading_cases import ALL, MD, MDX, V3MD, V3MDX, V4MD, V4MDX, ids, read

EVERYWHERE = [
    ("## Plain *text* with `code`", ["plain-text-with-code"]),
    ("## [Link](./x.md) ![a picture](y.png)", ["link-a-picture"]),
    ("## Fish &amp; chips\\_here", ["fish--chips_here"]),
    ("## :tada: Party 🎉", ["tada-party-"]),
    ("# Setup\n\n## Setup", ["setup-1"]),
    ("Setup\n=====\n\n## Setup", ["setup-1"]),
    ("Under\nlined\n---", ["underlined"]),
    ("text\n## Right after", ["right-after"]),
    ("## A\n\n## A\n\n### a", ["a", "a-1", "a-2"]),
    ("## Step 1:Do it", ["step-1-it"]),
    ("## run:it[now]{x=y} z", ["runnow-z"]),
    ("## std::vector, 10:30, a: b", ["stdvector-1030-a-b"]),
    ("## `a:b` a\\:b", ["ab-ab"]),
    ("## :smile_cat:x", ["smile_cat"]),
    ("## https://a.b/c:d x", ["httpsabcd-x"]),
    ("## [https://a.b/c](https://a.b/c) x", ["httpsabc-x"]),
    ("## Note[^1]\n\n[^1]: ## Inside", ["note", "inside"]),
    ("- x\n\n  ## In list\n\n> ## In quote", ["in-list", "in-quote"]),
    (":::note\n\n## In admonition\n\n:::", ["in-admonition"]),
    (":::unknown{#x .y z=1}\n## In container\n:::", ["in-container"]),
    ("::::a\n:::b\n## Deep\n:::\n## Out\n::::", ["deep", "out"]),
    (":::note\n## Unclosed", ["unclosed"]),
    ("::leaf[## x]\n\n## After leaf", ["after-leaf"]),
    ("<Tabs>\n\n<TabItem value='a'>\n\n## In tab\n\n</TabItem>\n\n</Tabs>", ["in-tab"]),
    ("```md\n## no\n```\n\n~~~\n```\n## no\n~~~\n\n## Yes", ["yes"]),
    ("| ## no |\n| --- |\n| ## no |\n\n##no\n\n####### no", []),
    ("##", []),
    ("## Emoji only below\n\n## 🚀", ["emoji-only-below", ""]),
    ("## Trailing ##", ["trailing"]),
    ("##\t Spaces \t##  ", ["spaces"]),
    ("## \u00a0 After a no-break space", ["-after-a-no-break-space"]),
    ("text\n\n-\u00a0\n-", ["-"]),
    ("## At the end \u00a0", ["at-the-end-"]),
    ("## 🚀_letter_ ☂_mark_", ["_letter_-mark"]),
    ("```mdx-code-block\n## Unwrapped\n```", ["unwrapped"]),
    ("````mdx-code-block\n## Unwrapped\n````", ["unwrapped"]),
]


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize(("text", "expected"), EVERYWHERE)
def test_rules_of_every_dialect(text: str, expected: list[str], dialect: Dialect) -> None:
    """These texts have the same heading ids whatever the dialect."""
    assert ids(text, dialect) == expected


ONLY_MDX = [
    ("## T {1 + 1}", ["t-1--1"]),
    ("## T {'a}b'} x", ["t-ab-x"]),
    ('## T <Badge text="new" />', ["t-"]),
    ("## <Badge>new *thing*</Badge> T", ["new-thing-t"]),
    ("## T {/* #own */}", ["own"]),
    ("## T{/*#Own-Case x*/}", ["Own-Case"]),
    ("## `T` {/* #own */}", ["own"]),
    ("## T {/* own */}", ["t--own-"]),
    ("## T {/* #a *//* #b */}", ["t--a--b-"]),
    ("## T {/* #a */} tail", ["t--a--tail"]),
    ("- x\n\n  ## T {/* #own */}", ["own"]),
    ("## {/* #own */}", []),
    ("{'two'} {'texts'}\n---", ["two-texts"]),
    ("{'one'}\n---\n\n## After", ["after"]),
    ("para\n\n     ## Not code", ["not-code"]),
    ("para\n      ## Not code", ["not-code"]),
    ("<div>\n## Tight\n</div>", ["tight"]),
    ("<div\n  a={{b: '}'}}\n\n  c>\n  ## Tight\n</div>", ["tight"]),
    ("para\n<div>\n## Tight\n</div>", ["tight"]),
    ("<div>## no</div>", []),
    ("{/*\n\n## no\n\n*/}\n\n## Yes", ["yes"]),
    ("{`\n\n## no\n\n${`}`}`}\n\n## Yes", ["yes"]),
    ("import a from 'b'\n\n## Yes", ["yes"]),
    ("export const a = `\n\n## no\n`\n\n## Yes", ["yes"]),
    ("export const A = () => (\n  <p>it's {'}'}\n\n  ## no</p>\n)\n\n## Yes", ["yes"]),
    ("<a\n  href='x'\n>## no</a>\n\n## Yes", ["yes"]),
    ("<Foo title={<h2 id='q'>Q {'}'}</h2>}/>\n\n## T", ["t"]),
]


@pytest.mark.parametrize("dialect", MDX)
@pytest.mark.parametrize(("text", "expected"), ONLY_MDX)
def test_rules_of_mdx(text: str, expected: list[str], dialect: Dialect) -> None:
    """JSX, expressions and modules are what they are in MDX, and no build problem."""
    assert ids(text, dialect) == expected
    assert read(text, dialect).problems == ()


ONLY_MD = [
    ("## List<string> a<br>b", ["list-ab"]),
    ("## *a<br>b*", ["abrb"]),
    ("## <http://a.b> x", ["httpab-x"]),
    ("## T {1 + 1}", ["t-1--1"]),
    ("## T {/* #own */}", ["t--own-"]),
    ("- x\n\n  ## T {#own}", ["own"]),
    ("T {#own}\n---", ["own"]),
    ("## T {#a} {#b}", ["b"]),
    ("para\n\n    ## code", []),
    ("<div>\n## raw\n</div>", []),
    ("import a from 'b'\n## Text", ["text"]),
]


@pytest.mark.parametrize("dialect", MD)
@pytest.mark.parametrize(("text", "expected"), ONLY_MD)
def test_rules_of_commonmark(text: str, expected: list[str], dialect: Dialect) -> None:
    """In `md` files HTML is raw, braces are text, and every form of `{#id}` is read."""
    assert ids(text, dialect) == expected


CLASSIC = [
    ("## T {#own}", ["own"]),
    ("## **T**{#Own-1.2/x}  ##", ["Own-1.2/x"]),
    ("## T {# a b }", ["a b"]),
    ("## T {#}", ["t-"]),
    ("## `T {#own}`", ["own"]),
    ("## {#own}", []),
    ("## A {#b}\n\n## B\n\n## B", ["b", "b", "b-1"]),
    ("## T <!-- #x -->", ["t-"]),
    ("<!--\n## no\n\n## no\n-->\n\n## Yes", ["yes"]),
    ("text <!-- ## no --> text\n\n## Yes", ["yes"]),
    ("<!-- a --> ## After a comment", ["after-a-comment"]),
    ("- item\n<!-- a\n\nb -->\n\n## Yes", ["yes"]),
]


@pytest.mark.parametrize("dialect", [V3MDX, V3MD])
@pytest.mark.parametrize(("text", "expected"), CLASSIC)
def test_rules_of_version_3(text: str, expected: list[str], dialect: Dialect) -> None:
    """With MDX 1 compatibility, `{#id}` names a heading and an HTML comment is nothing."""
    assert ids(text, dialect) == expected
    assert read(text, dialect).problems == ()


def test_an_html_comment_can_name_a_heading_where_comments_are_html() -> None:
    """Only `md` without comment compatibility reads `<!-- #id -->`."""
    assert [ids("## T <!-- #x -->", dialect) for dialect in (V4MD, V3MD, V3MDX)] == [["x"], ["t-"], ["t-"]]


def test_the_case_can_be_kept() -> None:
    """`maintain_case` is the site's `markdown.anchors.maintainCase`."""
    assert ids("## Ab Cd", Dialect(maintain_case=True)) == ["Ab-Cd"]


def test_the_unwrapping_of_fences_can_join_what_is_around_them() -> None:
    """A tag in one `mdx-code-block` fence is closed in another."""
    fence = "```mdx-code-block\n{}\n```"
    assert ids(f"{fence.format('<div>')}\n\n## T\n\n{fence.format('</div>')}") == ["t"]


BROKEN = [
    ("T {#x}\n---", V3MDX, ["x"]),
    ("- a\n\n  ## T {#x}", V3MDX, ["x"]),
    ("## T {#x}", V4MDX, ["x"]),
    ("## T <!-- x -->", V4MDX, ["t----x---"]),
    ("<div>\n\n## T", V3MDX, ["t"]),
    ("</div>\n\n## T", V3MDX, ["t"]),
    ("## a <b c", V3MDX, ["a-b-c"]),
    ("{ unclosed\n\n## T", V3MDX, ["t"]),
    ("{'a\n\n## T", V3MDX, ["t"]),
    ("<a b={\n\n## T", V3MDX, ["t"]),
    ("import x from 'y'\n## T", V3MDX, ["t"]),
    ("export const a = {\n\n## T", V3MDX, ["t"]),
    ("import your data\n\n## T", V3MDX, ["t"]),
    ("text <!-- unclosed\n\n## T", V3MDX, ["t"]),
]


@pytest.mark.parametrize(("text", "dialect", "expected"), BROKEN)
def test_what_breaks_a_build_is_a_problem_and_headings_are_still_found(
    text: str, dialect: Dialect, expected: list[str]
) -> None:
    """A draft that MDX would refuse keeps its headings and says what is wrong."""
    body = read(text, dialect)
    assert [heading.id for heading in body.headings] == expected
    assert body.problems


def test_problems_carry_lines_of_the_text_given() -> None:
    """Lines count from 1 in the file's text, whatever preprocessing cuts out of it."""
    text = "\n\nintro\n\n```mdx-code-block\n<b/>\n```\n\n</div>\n"
    assert [problem.line for problem in read(text).problems] == [9]
    assert [problem.line for problem in read("\n\ntext\n</div>").problems] == [4]


def test_headings_carry_their_shown_text_and_level() -> None:
    """The text is what the table of contents shows: without ids, emoji for names, directives gone."""
    body = read("## :tada: A *b* `:tada:` {#x}\n\n#### Do:this <b>c</b>")
    assert [(heading.text, heading.level) for heading in body.headings] == [
        ("🎉 A b :tada:", 2),
        ("Do c", 4),
    ]
