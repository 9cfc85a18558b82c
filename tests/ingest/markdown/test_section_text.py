"""What a section says, construct by construct."""

import pytest

from ingest.docusaurus.markdown import Dialect
from tests.ingest.markdown.reading_cases import ALL, MDX, V3MD, V3MDX, V4MD, V4MDX, read, said

MARKDOWN = [
    ("some *em* __strong__ ~~del~~ `a|b`", "some *em* **strong** ~~del~~ `a|b`"),
    ("fish &amp; chips \\*", "fish & chips *"),
    ("two\nlines  \nthree", "two\nlines\nthree"),
    ("[text **b**](../a b.md#c 't')", "[text **b**](../a b.md#c 't')"),
    ("[text **b**](../ab.md#c 't')", "[text **b**](../ab.md#c)"),
    ("[text][ref]\n\n[ref]: ./x.md?a=%20b", "[text](./x.md?a=%20b)"),
    ("see https://a.b/c.", "see https://a.b/c."),
    ("before ![the *alt*](x.png) after", "before the alt after"),
    ("- a\n- b\n  - c\n\nend", "- a\n- b\n  - c\n\nend"),
    ("3. a\n\n   b\n\n4. c", "3. a\n\n   b\n\n4. c"),
    ("- [ ] open\n- [x] done", "- [ ] open\n- [x] done"),
    ("> quoted\n> - item", "> quoted\n>\n> - item"),
    ("- a\n\n  ```js\n  x\n  ```", "- a\n\n  ```js\n  x\n  ```"),
    ("| A | B\\|C |\n|:--|--:|\n| *a* | `b` |\n| c |", "| A | B\\|C |\n| --- | --- |\n| *a* | `b` |\n| c |  |"),
    ("```js title=\"a.js\" {1,3} showLineNumbers\nx = `1`\n\n\ty\n```", "```js title=\"a.js\"\nx = `1`\n\n\ty\n```"),
    ("````md\n```\na\n```\n````", "````md\n```\na\n```\n````"),
    (
        "```jsx\n// highlight-next-line\na\n  {/* highlight-start */}\nb # highlight-end\n```",
        "```jsx\na\nb # highlight-end\n```",
    ),
    ("note[^1] here\n\n[^1]: the note\n    goes on", "note[^1] here\n\n[^1]: the note\n    goes on"),
    ("a\n\n---\n\nb", "a\n\nb"),
    (":rocket: :unknown_name: `:rocket:`", "🚀 :unknown_name: `:rocket:`"),
    ("time 10:30 and npm:run and :abbr[HTML]{title=x}", "time 10:30 and npm:run and HTML"),
    (":::tip[Do *this*]\n\nText\n\n:::", "**Tip: Do *this***\n\nText"),
    (":::warning\n- a\n:::\nend", "**Warning**\n\n- a\n\nend"),
    (":::note{title=\"By attribute\"}\nText\n:::", "**Note: By attribute**\n\nText"),
    (":::custom[Label]\nText\n:::", "Label\n\nText"),
    ("::leaf[Shown]", "Shown"),
]  # fmt: skip


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown_comes_out_clean(text: str, expected: str, dialect: Dialect) -> None:
    """Markdown is written one way; what a reader does not see is left out."""
    assert said(text, dialect) == expected


COMPONENTS = [
    ("a {'lit'} {`t`} {\"it's\"} b", "a lit t it's b"),
    ("a{' '}b {/* no */} {1 + 1}", "a b"),
    ("{<b>shown {'too'}</b>}", "shown too"),
    ("{[1].map(x => <li key={x}>Item don't</li>)}", "Item don't"),
    ("import X from 'x'\n\nexport const y = 'no'\n\nyes", "yes"),
    ("<style>{`.no {}`}</style>\n\nyes <script>no()</script>", "yes"),
    ("a <Badge text='new' /> b", "a new b"),
    ("<b>a</b> <code>b</code> <em>c</em><br/>d", "**a** `b` *c*\nd"),
    ("<a href='/x'>go</a> <Link to={useBaseUrl('/y')}>*there*</Link>", "[go](/x) [*there*](/y)"),
    ("<Link\n  to='/y'\n>\n  there\n</Link>", "[there](/y)"),
    ("<img src='x' alt='Alt text' />", "Alt text"),
    ("<Card title='T' description='D' href='/c' />", "**[T](/c)**\n\nD"),
    ("<Cards items={[{title: 'A', description: \"B's\"}]} />", "**A**\n\nB's"),
    ("<Hint icon={<b>I</b>}>\n\ntext\n\n</Hint>", "**I**\n\ntext"),
    ("<Admonition type='tip' title='T'>\n\ntext\n\n</Admonition>", "**Tip: T**\n\ntext"),
    ("<details>\n<summary>Sum *m*</summary>\n\ntext\n\n</details>", "**Sum *m***\n\ntext"),
    ("<details>\n  <summary>\n    Sum\n  </summary>\n\ntext\n\n</details>", "**Sum**\n\ntext"),
    ("<Details summary='Sum'>\ntext\n</Details>", "**Sum**\n\ntext"),
    ("<h2 id='x'>Own heading</h2>\n\ntext", "**Own heading**\n\ntext"),
    ("<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>", "- a\n\n- b"),
    ("<table>\n<tr><td>a</td><td>b</td></tr>\n</table>", "a | b"),
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("<div>one\n\ntwo</div>", "one\n\ntwo"),
    ("<>in a fragment</>", "in a fragment"),
    (
        '<CodeBlock language="jsx" title="a.js">{`x = 1;\n\ny`}</CodeBlock>',
        '```jsx title="a.js"\nx = 1;\n\ny\n```',
    ),
    (
        '<pre>\n  <code className="language-sh">{`ls`}</code>\n</pre>',
        "```sh\nls\n```",
    ),
    (
        '<Tabs>\n<TabItem value="a" label="The A">\n\none\n\n</TabItem>\n<TabItem value="b">two</TabItem>\n</Tabs>',
        "**The A**\n\none\n\n**b**\n\ntwo",
    ),
    (
        "<Tabs values={[{label: 'The A', value: 'a'}]}>\n<TabItem value='a'>one</TabItem>\n</Tabs>",
        "**The A**\n\none",
    ),
]


@pytest.mark.parametrize("dialect", MDX)
@pytest.mark.parametrize(("text", "expected"), COMPONENTS)
def test_components_leave_what_a_reader_sees(text: str, expected: str, dialect: Dialect) -> None:
    """Children and visible props stay, modules, comments, scripts and styles leave nothing."""
    assert said(text, dialect) == expected


@pytest.mark.parametrize("dialect", [V3MD, V4MD])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<div>\n<b>raw</b> &lt;x&gt;\n</div>", "**raw** <x>"),
        ("a<br>b <a href='/x'>go</a>", "a\nb [go](/x)"),
        ("<details><summary>S</summary>\n\n*md*\n\n</details>", "**S**\n\n*md*"),
        ("<pre><code>a\n  b</code></pre>", "```\na\n  b\n```"),
        ("<style>\n.no {}\n</style>\n\n<script>\nno()\n</script>\n\nyes", "yes"),
        ("yes <!-- no -->\n\n<!-- no\n\nno -->\n\nyes", "yes\n\nyes"),
        ("<img alt='Alt'>\n\n<http://a.b>", "Alt\n\nhttp://a.b"),
        ("    code", "```\ncode\n```"),
        ("a\n\n    code", "a\n\n```\ncode\n```"),
        ("import {x} from 'y'", "import {x} from 'y'"),
    ],
)
def test_raw_html_leaves_its_text(text: str, expected: str, dialect: Dialect) -> None:
    """In `md` files tags go, their text stays with its entities decoded."""
    assert said(text, dialect) == expected


def test_version_3_reads_titles_after_the_keyword_and_drops_comments() -> None:
    """`:::note Title` has a title and `<!-- -->` is nothing, unless the compatibility is off."""
    assert (
        said(":::note The title\ntext\n:::\n\na <!-- no -->b", V3MDX) == "**Note: The title**\n\ntext\n\na b"
    )
    assert said(":::note The title\ntext\n:::", V4MDX) == ":::note The title\ntext\n:::"


@pytest.mark.parametrize("head", ["mystery", "mystery Hello", "note[x"])
def test_what_is_no_admonition_is_told(head: str) -> None:
    """An unknown kind, or a head that cannot be read, is a problem with its line; its content stays."""
    name = head.split()[0].partition("[")[0]
    body = read(f"text\n\n:::{head}\n\ninside\n\n:::", V4MDX)
    assert [(problem.line, f":::{name}`" in problem.message) for problem in body.problems] == [(3, True)]
    assert "inside" in body.sections[0].text
    assert read(":::note\n\ninside\n\n:::").problems == ()


def test_keywords_of_the_site_make_admonitions() -> None:
    """A keyword from the options has a kind and a title like Docusaurus's own."""
    assert (
        said(":::my-box Title\ntext\n:::", Dialect(admonition_keywords=("my-box",)))
        == "**My box: Title**\n\ntext"
    )


def test_emoji_names_stay_where_the_option_is_off() -> None:
    """`markdown.emoji: false` leaves the names."""
    assert said(":rocket:", Dialect(emoji=False)) == ":rocket:"


def test_links_are_listed_once_and_in_order() -> None:
    """Markdown links, JSX links, autolinks and linking components count; images do not."""
    text = "[a](./a.md#x) <a href='b'>b</a> https://c.d/e\n\n[a](./a.md#x) <Card title='c' to='/f'/> ![i](i.png)\n\n## [g](g)"
    assert read(text).links == ("./a.md#x", "b", "https://c.d/e", "/f", "g")
