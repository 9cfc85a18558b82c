"""Links in the pages' texts, as they are stored: by `read_site`, and the finder of targets for itself."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.docusaurus.link_targets import rewrite_targets, targets
from ingest.docusaurus.site import SiteReading, read_site
from pipeline.config import SiteConfig

MakeSite = Callable[..., SiteConfig]

SITE = {
    "docs/intro.md": "# Intro\n\n## Set up\n\nText.\n",
    "docs/guide/01-start.md": "LINK",
    "docs/guide/a b.mdx": "word",
    "docs/guide/index.md": "word",
    "docs/deep/with (x).md": "word",
    "docs/draft.md": "---\ndraft: true\n---\nword",
    "docs/broken.md": "---\na: b: c\n---\nword",
    "community/join.md": "word",
}
OPTIONS: dict[str, Any] = {
    "url": "https://x.io",
    "docs": [{}, {"id": "community", "path": "community", "routeBasePath": "community"}],
}


def read(make_site: MakeSite, link: str, **options: Any) -> SiteReading:
    """The site with `link` in docs/guide/01-start.md, which is served at /docs/guide/start."""
    files = {name: text.replace("LINK", link) for name, text in SITE.items()}
    return read_site(make_site(files, **{**OPTIONS, **options}))


def text_of(reading: SiteReading, source: str = "docs/guide/01-start.md", locale: str = "en") -> str:
    page = next(p for p in reading.pages if (p.source, p.locale) == (source, locale))
    return "\n\n".join(section.text for section in page.sections)


def stored(make_site: MakeSite, target: str, **options: Any) -> str:
    """The target that is stored for `target`."""
    text = text_of(read(make_site, f"See [it]({target}).", **options))
    return text.removeprefix("See [it](").removesuffix(").")


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("../intro.md", "/docs/intro"),
        ("../intro.md#set-up", "/docs/intro#set-up"),
        ("../intro.md?a=b#set-up", "/docs/intro?a=b#set-up"),
        ("./01-start.md", "/docs/guide/start"),
        ("01-start.md", "/docs/guide/start"),
        ("intro.md", "/docs/intro"),
        ("/intro.md", "/docs/intro"),
        ("docs/intro.md", "/docs/intro"),
        ("/docs/intro.md", "/docs/intro"),
        ("@site/docs/intro.md#set-up", "/docs/intro#set-up"),
        ("./a%20b.mdx", "/docs/guide/a%20b"),
        ("<./a b.mdx>", "/docs/guide/a%20b"),
        ("<../deep/with (x).md>", "/docs/deep/with%20(x)"),
        ("./index.md", "/docs/guide/"),
        ("../../community/join.md", "/community/join"),
    ],
)
def test_file_links(make_site: MakeSite, target: str, address: str) -> None:
    """A link to a file becomes the address of its page: from the file, the docs folder, the site."""
    assert stored(make_site, target) == f"https://x.io{address}"


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("/docs/intro", "/docs/intro"),
        ("/docs/intro/", "/docs/intro"),
        ("../intro#set-up", "/docs/intro#set-up"),
        ("./a%20b", "/docs/guide/a%20b"),
        ("other", "/docs/guide/other"),
        ("..", "/docs/"),
        ("#here", "/docs/guide/start#here"),
        ("?tab=1", "/docs/guide/start?tab=1"),
        ("/blog/post?x#y", "/blog/post?x#y"),
        ("/img/manual.pdf", "/img/manual.pdf"),
        ("@site/static/img/manual.pdf", "/img/manual.pdf"),
        ("pathname:///old/api.html", "/old/api.html"),
    ],
)
def test_addresses(make_site: MakeSite, target: str, address: str) -> None:
    """Any other link becomes what a browser makes of it on the page's own route."""
    assert stored(make_site, target) == f"https://x.io{address}"


@pytest.mark.parametrize(
    "target",
    [
        "https://other.io/docs/intro.md",
        "mailto:me@x.io",
        "//cdn.io/x",
        "tel:1",
        "./data.zip",
        "@site/src/x.js",
    ],
)
def test_left_alone(make_site: MakeSite, target: str) -> None:
    """Other sites, other protocols, and files whose address the build decides stay as written."""
    assert stored(make_site, target) == target


@pytest.mark.parametrize(
    ("target", "options", "address"),
    [
        ("/docs/intro", {"baseUrl": "/base/"}, "https://x.io/base/docs/intro"),
        ("/base/docs/intro", {"baseUrl": "/base/"}, "https://x.io/base/docs/intro"),
        ("/base", {"baseUrl": "/base/"}, "https://x.io/base/"),
        ("/img/x.png", {"baseUrl": "/base/"}, "https://x.io/base/img/x.png"),
        ("../intro.md#set-up", {"trailingSlash": True}, "https://x.io/docs/intro/#set-up"),
        ("../intro", {"trailingSlash": True}, "https://x.io/docs/guide/intro/"),
        ("/blog#x", {"trailingSlash": True}, "https://x.io/blog/#x"),
        ("/img/x.pdf", {"trailingSlash": True}, "https://x.io/img/x.pdf"),
        ("/blog/", {"trailingSlash": False}, "https://x.io/blog"),
        ("../intro.md", {"url": ""}, "/docs/intro"),
        ("#here", {"url": ""}, "/docs/guide/start#here"),
    ],
)
def test_options(make_site: MakeSite, target: str, options: Mapping[str, Any], address: str) -> None:
    """baseUrl goes before paths that lack it, the trailing slash holds, no site address leaves paths."""
    assert stored(make_site, target, **options) == address


def test_versions_and_locales(make_site: MakeSite) -> None:
    """A file link stays in its version and locale, whether the two files are translated or not."""
    translated = "i18n/fr/docusaurus-plugin-content-docs/version-1"
    site = make_site(
        {
            "versions.json": '["1"]',
            "docs/a.md": "[b](./b.md) [old](@site/versioned_docs/version-1/b.md)",
            "docs/b.md": "word",
            "versioned_docs/version-1/a.md": "[b](./b.md) [c](c.md) [new](@site/docs/b.md) [u](/docs/b)",
            "versioned_docs/version-1/b.md": "[a](/a.md)",
            "versioned_docs/version-1/c.md": "[a](./a.md#x)\n\n<a id='x' />",
            f"{translated}/a.md": "[b](./b.md) [c](./c.md)",
            f"{translated}/c.md": "[a](a.md) [b](b.md)",
        },
        i18n={"locales": ["en", "fr"]},
    )
    reading = read_site(site)
    assert text_of(reading, "docs/a.md") == "[b](/docs/next/b) [old](/docs/b)"
    one = "versioned_docs/version-1"
    expected = "[b](/docs/b) [c](/docs/c) [new](/docs/next/b) [u](/docs/b)"
    assert text_of(reading, f"{one}/a.md") == expected
    assert text_of(reading, f"{translated}/a.md", "fr") == "[b](/fr/docs/b) [c](/fr/docs/c)"
    assert text_of(reading, f"{one}/b.md", "fr") == "[a](/fr/docs/a)"
    assert text_of(reading, f"{translated}/c.md", "fr") == "[a](/fr/docs/a) [b](/fr/docs/b)"


def test_partials(make_site: MakeSite) -> None:
    """A file link in an imported file is seen from that file, even where the page has such a neighbour."""
    files = {
        "docs/a/page.md": "import P from '../parts/_p.md'\n\n<P />",
        "docs/a/target.md": "word",
        "docs/a/other.md": "word",
        "docs/parts/_p.md": "[t](./target.md#x) [o](../a/other.md) [b](bare.md) [r](./target)",
        "docs/parts/target.md": "[s](#x)\n\n<a id='x' />",
        "docs/parts/bare.md": "word",
    }
    assert text_of(read_site(make_site(files)), "docs/a/page.md") == (
        "[t](/docs/parts/target#x) [o](/docs/a/other) [b](/docs/parts/bare) [r](/docs/a/target)"
    )


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("word\n\n[x](./none.md)", "docs/guide/01-start.md:3: links to ./none.md, which is no page"),
        ("[x](../draft.md)", "docs/guide/01-start.md:1: links to ../draft.md, which is a draft"),
        (
            "[x](/docs/intro#none)",
            "docs/guide/01-start.md:1: links to /docs/intro#none, but docs/intro.md has no heading #none",
        ),
    ],
)
def test_broken_links(make_site: MakeSite, link: str, message: str) -> None:
    """A link to no page, or to a heading that is not there, is reported with its line."""
    reading = read(make_site, link)
    assert [str(p) for p in reading.problems if "broken.md" not in p.source] == [message]
    if "none.md" in link:
        assert "(./none.md)" in text_of(reading)


@pytest.mark.parametrize(
    "link",
    [
        "[x](../broken.md)",
        "[x](/docs/nowhere)",
        "[x](#top) [y](#)",
        "[x](#mine)\n\n<Anchor id={'mine'} />",
        "[x](#mine)\n\n:::note{#mine}\n\nword\n\n:::",
        "`[x](./none.md)`",
        "```md\n[x](./none.md)\n```",
    ],
)
def test_in_doubt(make_site: MakeSite, link: str) -> None:
    """Nothing is reported that may be there all the same, and nothing in code."""
    reading = read(make_site, link)
    assert [p for p in reading.problems if p.source != "docs/broken.md"] == []


def test_many_broken_links(make_site: MakeSite) -> None:
    """Of one page's dead links only the first few are told one by one."""
    reading = read(make_site, " ".join(f"[x](none-{n}.md)" for n in range(9)))
    problems = [p.message for p in reading.problems if p.source == "docs/guide/01-start.md"]
    assert len(problems) == 6
    assert "has 4 more links that lead nowhere" in problems


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](b)", ["b"]),
        ("[`x[0]` and [b]](c) [d](e)", ["c", "e"]),
        ("[a](b(c)) ([d](e))", ["b(c)", "e"]),
        ('[a](b "t") [c](d (t))', ["b", "d"]),
        ("[a](<b c>)", ["b c"]),
        ("![a](b) [^1](c) \\[d](e)", []),
        ("`[a](b)` [c](d) ``[e](f) ` ``", ["d"]),
        ("- it`s [a](b)\n- it`s [c](d)", ["b", "d"]),
        ("1. ```md\n   [a](b)\n\n   [c](d)\n   ```\n2. [e](f)", ["f"]),
        ("> ~~~\n> [a](b)\n> ~~~\n\n[c](d)", ["d"]),
        ("````\n```\n[a](b)\n````\n[c](d)", ["d"]),
        ("```\n[a](b)", []),
        ("| [a](b) | `x|y` |\n| --- | --- |\n| [c](d) |", ["b", "d"]),
        ("[a\n\nb](c)", []),
        ("[a](b\nc)", []),
        ("[a](" + "x" * 3000 + ")", []),
    ],
)
def test_targets(text: str, found: list[str]) -> None:
    """Targets are found where a Markdown reader sees a link, and nowhere else."""
    assert [text[start:end] for start, end in targets(text)] == found


BLOCKS = st.sampled_from(
    [
        "Word [one](a.md#x) and `[no](b)`.", "- item [two](./b)\n- it`s [three](c)", "> [four](/d(e))",
        "```md\n[no](f)\n\n[no](g)\n```", "~~~\n[no](h)\n~~~", "| a | b |\n| --- | --- |\n| [five](i) | `x` |",
        "1. ````\n   ```\n   [no](j)\n   ````", "**[six [x]](k)** `` ` [no](l) ``", "[a] (m) ] [ \\` [seven](n)",
    ]
)  # fmt: skip


@given(st.lists(BLOCKS, max_size=8))
def test_targets_as_a_parser_sees_them(blocks: list[str]) -> None:
    """On what the reader writes, the finder and a whole CommonMark parser agree."""
    text = "\n\n".join(blocks)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    seen = [child.attrs["href"] for child in inline if child.type == "link_open"]
    assert [text[start:end] for start, end in targets(text)] == seen


@given(st.text(alphabet="ab[]()`~<>!\\\"'\n |-*^ #.:1", max_size=80))
def test_only_targets_change(text: str) -> None:
    """Whatever the text, what stands outside the targets stays as it is, and a second pass sees the same."""
    spans = list(targets(text))
    marked = rewrite_targets(text, targets(text), lambda target: "X")
    pieces = [
        text[a:b] for a, b in zip([0, *(e for _, e in spans)], [*(s for s, _ in spans), None], strict=True)
    ]
    assert marked == "X".join(pieces)
    assert rewrite_targets(text, targets(text), lambda target: target) == text
