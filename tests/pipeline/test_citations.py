"""Numbered sources, and the writer that lets only checked links through."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.citations import CitationWriter, allowed_links, number_sources
from pipeline.citations.numbering import addresses_in
from pipeline.models import Hit, Source

SITE = "https://docs.example.com"
SOURCES = (
    Source(
        "1",
        f"{SITE}/a#x",
        "A",
        ("A",),
        "See [b](/b), [p](/p_(x)), http://localhost:3000 and [ext](https://npm.example/x).",
    ),
    Source("2", f"{SITE}/c", "C", ("C",), "Nothing more."),
)
LINKS = allowed_links(SOURCES, site_url=SITE, external=False)
ONE, TWO = f"[1]({SITE}/a#x)", f"[2]({SITE}/c)"


def written(text: str, step: int = 1000) -> str:
    writer = CitationWriter(SOURCES, LINKS, addresses_in(SOURCES))
    pieces = [text[i : i + step] for i in range(0, len(text), step)]
    return "".join(map(writer.feed, pieces)) + writer.close()


CASES = {
    "a citation becomes a link to its section": ("Yes [1].", f"Yes {ONE}."),
    "neighbours and lists are citations each": ("[2][1] and [1, 2]", f"{TWO}{ONE} and {ONE}{TWO}"),
    "a number without a source goes": ("So [9] it is", "So  it is"),
    "an address that the model made up for a citation is replaced": ("[1](http://evil.example)", ONE),
    "a link from a retrieved section stays, with its whole address": ("[b](/b)", f"[b]({SITE}/b)"),
    "any other link keeps its words only": ("[here](http://evil.example/?q=1)", "here"),
    "an external link of a section goes too unless it is allowed": ("[ext](https://npm.example/x)", "ext"),
    "an image leaves its alternative text": ("![a cat](http://evil.example/c.png)", "a cat"),
    "a bare address goes": ("Open http://evil.example/x?y=1 now", "Open  now"),
    "one that a source shows stays as code": ("Open http://localhost:3000.", "Open `http://localhost:3000`."),
    "raw HTML is escaped": ("<img src=x> a < b", "\\<img src=x> a < b"),
    "an autolink goes": ("<https://evil.example>", "\\<\u200b>"),
    "a reference definition defines nothing": ("[x]: http://evil.example\n[x]", "\\[x\\]: \n[x]"),
    "brackets in code are code": (
        "`a[1]` and\n```js\na[1]\n```\n[1]",
        f"`a[1]` and\n```js\na[1]\n```\n{ONE}",
    ),
    "an unclosed code span is text": ("`[x](http://evil.example)\n\nend", "\\`\u200bx\n\nend"),
    "a fence that its list item ends is text again": (
        "- ```\n  ok [1]\n[x](http://evil.example)\n",
        "- ```\n  ok [1]\nx\n",
    ),
    "an escape stays an escape": (r"\[no link\](http://evil.example)", r"\[no link\]()"),
    "a task list keeps its boxes": ("- [ ] a\n- [x] b", "- [ ] a\n- [x] b"),
    "what the end cuts off is shown as text": ("see [unfinished", "see \\[unfinished"),
    "an address keeps its parentheses": ("[p](/p_(x))", f"[p]({SITE}/p_%28x%29)"),
    "a fence in a list is code": (
        "1. Do\n\n   ```js\n   a[1]\n\n   b\n   ```\n2. Ok [1]",
        f"1. Do\n\n   ```js\n   a[1]\n\n   b\n   ```\n2. Ok {ONE}",
    ),
    "a bar in code stays": ("| `a \\| b` | `c` |", "| `a \\| b` | `c` |"),
}


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_what_comes_out(case: str, step: int) -> None:
    """Whatever the pieces, the same text comes out."""
    given_text, expected = CASES[case]
    assert written(given_text, step) == expected


EVIL = "http://evil.example/"
BYPASSES = [
    f"```\n    ```\n```\n[x]({EVIL})\n",
    f"```\n> ```\n```\n![x]({EVIL})\n",
    f"~~~\n    ~~~\n~~~\n[x]({EVIL})\n",
    f"```\n    ```\n```\n<img src={EVIL}>\n",
    f"```\n    ```\n```\n[x]: {EVIL}\n\n[x] a",
    f"```\r```\r[x]({EVIL})",
    f"[9]~~~\n~~~\n[x]({EVIL})\n",
    f"> ```\n  [x]({EVIL})\n",
    f"> ```\n  ![x]({EVIL}i.png)\n",
    f"para\n2. ```\n   [x]({EVIL})\n",
    f"para\n    ```\n    [x]({EVIL})\n",
    f"- \t```\n   [x]({EVIL})\n",
    f"- ```\n\n  x\n [x]({EVIL})\n",
    f"| a | b |\n|---|---|\n| ` [x]({EVIL}) | ` |\n",
    f"| a | b |\n|---|---|\n| ` ![x]({EVIL}p.png) | ` |\n",
    f"a | b\n---|---\n` a | ` `[x]({EVIL})`\n",
    f"a | b\n---|---\n[` a | `](/b) `[x]({EVIL})`\n",
    f"a | b\n---|---\n` a | ` [`{EVIL}`](/b)\n",
    "a | b\n---|---\n` a | ` http://localhost:3000\n",
    f"http://{'a' * 3000}. {EVIL}",
    "http\\://evil.example/x",
    "http:\\//evil.example/x",
    "www\\.evil.example",
    "&#104;ttp://evil.example/x",
    "&#104[9];ttp://evil.example/x",
    "http&#58;//evil.example",
    "https&colon;//evil.example",
    "www&#46;evil.example",
    "a@evil.example",
    "a\\@evil.example",
    "mailto:a@evil.example",
    "see //evil.example/x",
    f"http://localhost:3000``` [x]({EVIL}) `` b",
    f"\\http://localhost:3000 `[x]({EVIL})",
    f"{SITE}/c\\.evil.example",
]


@pytest.mark.parametrize("text", BYPASSES)
@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_no_known_bypass_works(text: str, step: int) -> None:
    """What once led a reader astray leads nowhere, and the same text comes out whatever the pieces."""
    shown = written(text, step)
    assert shown == written(text)
    assert_safe(shown)


@pytest.mark.parametrize(
    "text", ["[", "`", "~", "[a](", "[ ", "` `` ", "&", "/", "- ```\n", "\\", "```\n   "]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    """Twenty thousand openers are no more work than any other text, in one piece or in many."""
    text = text * (20_000 // len(text))
    start = time.process_time()
    written(text, len(text))
    written(text, 7)
    assert time.process_time() - start < 3  # quadratic took minutes for both


def test_cited_sources_are_listed_once_in_the_order_of_their_first_citation() -> None:
    """`cited` is what the `source-url` parts are made from."""
    writer = CitationWriter(SOURCES, LINKS)
    writer.feed("[2] [1] [2]")
    assert [source.id for source in writer.cited] == ["2", "1"]


SCRAPS = st.sampled_from(
    ["[", "]", "(", ")", "!", "`", "``", "```", "~~~", "\n", "\n\n", " ", "  ", "    ", "\t", "- ", "> ", "1. ", "2) ",
     "<", ">", "\\", ":", "/", "//", ".", "@", "x", "1", "[1]", "[9]", "http://evil.example/a", "https://", "http:",
     "www.evil.example", "www", "evil", "evil.example", "a@evil.example", "mailto:", "/b", '"', "'", "js", "<a href=",
     "#", "&lt;", "&#58;", "&#104;", "&colon;", "&#46;", "&", ";", "\\|", "| a | b |\n|---|---|\n", " | ", "```\n",
     "[a](http://evil.example)", "![i](//evil.example)", "[r]: http://evil.example", "h", "ht", "w", "*", "|", "\r",
     "http://localhost:3000", "https://docs.example.com/c", "\n- ```\n  ", "\n  ```\n", "\n```\n", "\n> ```\n"]
)  # fmt: skip
ADDRESS = re.compile(r"//|(?<![a-z])www\.|[\w.+-]@\w", re.IGNORECASE)


def assert_safe(shown: str) -> None:
    """No address, image or HTML but the allowed ones, and no prose that a reader may link by itself."""
    for rules in ([], ["table"]):
        tokens = MarkdownIt("commonmark", {"html": True}).enable(rules).parse(shown)
        inline = [child for token in tokens for child in token.children or ()]
        hrefs = {str(child.attrs["href"]) for child in inline if child.type == "link_open"}
        assert hrefs <= {url.replace("(", "%28").replace(")", "%29") for url in LINKS.values()}
        assert not [t for t in [*tokens, *inline] if t.type in ("image", "html_inline", "html_block")]
        for token in tokens:
            assert not ADDRESS.search(prose(token.children or []))


def prose(inline: list[Token]) -> str:
    """The decoded text of one block, without code and the texts of links."""
    parts, links = [], 0
    for child in inline:
        links += child.nesting if child.type.startswith("link_") else 0
        if not links:  # readers look for addresses in one run of text at a time
            parts.append(child.content if child.type == "text" else " ")
    return "".join(parts)


@given(st.lists(SCRAPS, max_size=25), st.integers(1, 7))
def test_no_link_or_image_leaves_but_allowed_ones(scraps: list[str], step: int) -> None:
    """A reader, with GFM's tables and autolinks, finds nothing else; the pieces do not matter."""
    shown = written("".join(scraps), step)
    assert shown == written("".join(scraps))
    assert_safe(shown)


@given(st.text(), st.integers(1, 9))
def test_pieces_do_not_matter(text: str, step: int) -> None:
    """Any text gives the same result in one piece and in many."""
    assert written(text, step) == written(text)


@given(st.text(alphabet=st.characters(exclude_characters="[]`<>\\!~:.wWhHfF@/&\r")))
def test_plain_text_passes_untouched(text: str) -> None:
    """Text without anything special is not changed."""
    assert written(text) == text


def hit(url: str, words: int) -> Hit:
    return Hit("id", url, url, "", "T", "P", ("P", "T"), "w " * words, "current", "", "en", 1.0)


def test_chunks_of_one_section_are_one_source() -> None:
    """A source is a section, however many of its chunks were found."""
    sources = number_sources([hit("/a", 5), hit("/b", 5), hit("/a", 5)], limit=6, max_words=100)
    assert [(source.id, source.url, len(source.text.split())) for source in sources] == [
        ("1", "/a", 10),
        ("2", "/b", 5),
    ]


def test_sources_keep_within_the_budget_but_the_first_always_fits() -> None:
    """What does not fit is left out, and a shorter one behind it may still come in."""
    sources = number_sources([hit("/a", 50), hit("/b", 60), hit("/c", 5)], limit=6, max_words=60)
    assert [source.url for source in sources] == ["/a", "/c"]
    assert len(number_sources([hit("/a", 500)], limit=1, max_words=10)) == 1
