"""Front matter: split off, read as js-yaml reads it, checked as Docusaurus checks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.docusaurus.front_matter import FrontMatter, check_fields, split_document
from ingest.docusaurus.problems import UnreadablePageError


def read(block: str) -> FrontMatter:
    """The checked front matter of a file that has `block` between its delimiters."""
    document = split_document(f"---\n{block}\n---\n\nbody\n")
    return check_fields(document.data, document.key_lines)


def notes(text: str) -> list[tuple[int, str]]:
    """What is said of a file that cannot be read."""
    try:
        document = split_document(text)
        check_fields(document.data, document.key_lines)
    except UnreadablePageError as error:
        return list(error.notes)
    return []


@pytest.mark.parametrize(
    ("text", "data", "body", "line"),
    [
        ("---\nid: a\n---\n\nbody\n", {"id": "a"}, "body", 5),
        ("\ufeff---\nid: a\n---\nbody", {"id": "a"}, "body", 4),
        ("---\r\nid: a\r\n---\r\n\r\nbody\r\n", {"id": "a"}, "body", 5),
        ("--- \nid: a\n--- \nbody", {"id": "a"}, "body", 4),
        ("---yaml\nid: a\n---\nbody", {"id": "a"}, "body", 4),
        ('---json\n{"id": "a"}\n---\nbody', {"id": "a"}, "body", 4),
        ("---\nid: a\n---body", {"id": "a"}, "body", 3),
        ("---\nid: a\n----\nbody", {"id": "a"}, "-\nbody", 3),
        ("---\n---\nbody", {}, "body", 3),
        ("---\n# only a comment\n---\nbody", {}, "body", 4),
        ("---\nid: a", {"id": "a"}, "", 1),
        ("----\nid: a\n---\nbody", {}, "----\nid: a\n---\nbody", 1),
        ("\n---\nid: a\n---\nbody", {}, "---\nid: a\n---\nbody", 2),
        ("+++\nid = 1\n+++\nbody", {}, "+++\nid = 1\n+++\nbody", 1),
        ("\n\n body \n\n", {}, "body", 3),
        ("", {}, "", 1),
    ],
)
def test_split(text: str, data: object, body: str, line: int) -> None:
    """Front matter starts with the first byte and ends at the first closing line; the body is trimmed."""
    document = split_document(text)
    assert (document.data, document.body, document.body_line) == (data, body, line)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("010", "10"),
        ("08", "8"),
        ("0o17", "15"),
        ("0x1F", "31"),
        ("-0x1F", "-31"),
        ("0b101", "5"),
        ("+7", "7"),
        ("-0", "0"),
        ("1.10", "1.1"),
        ("1.0", "1"),
        (".5", "0.5"),
        ("+.5", "+.5"),
        ("1e3", "1000"),
        ("1.5e-7", "1.5e-7"),
        ("0.000001", "0.000001"),
        ("1e21", "1e+21"),
        ("123456789012345678901", "123456789012345680000"),
        ("1e400", "1e400"),
        ("9" * 5000, "9" * 5000),
        (".inf", "Infinity"),
        ("-.INF", "-Infinity"),
        (".nan", "NaN"),
        ("nan", "nan"),
        ("2024-01-02", "Tue Jan 02 2024 00:00:00 GMT+0000 (Coordinated Universal Time)"),
        ("2024-02-30", "Fri Mar 01 2024 00:00:00 GMT+0000 (Coordinated Universal Time)"),
        ("2024-1-2", "2024-1-2"),
        ("2024-01-02T03:04:05Z", "Tue Jan 02 2024 03:04:05 GMT+0000 (Coordinated Universal Time)"),
        ("2024-01-02 03:04:05 +01:30", "Tue Jan 02 2024 01:34:05 GMT+0000 (Coordinated Universal Time)"),
        ("9999-12-31T23:59:59-01:00", "Invalid Date"),
        ("!!str 12", "12"),
        ("a # comment", "a"),
        ("a#b", "a#b"),
        ("'it''s'", "it's"),
        ('"\\u00e9"', "é"),
        ('"\\ud83d\\ude80"', "🚀"),
        ('""', ""),
        ('" a "', " a "),
        ("\ta\t# comment", "a"),
        (">\n  a\n  b", "a b\n"),
        ("|-\n  a\n  b", "a\nb"),
        ("&x a", "a"),
    ],
)
def test_title_as_written(written: str, title: str) -> None:
    """A word means what it means to js-yaml, and numbers and dates become text as in JavaScript."""
    assert read(f"title: {written}").title == title


@pytest.mark.parametrize(
    ("block", "line", "message"),
    [
        ("id: a\ntitle: a: b", 3, "not valid YAML"),
        ("id: a\ntitle: `a`", 3, "not valid YAML"),
        ("id: a\ntitle: @a", 3, "not valid YAML"),
        ("title: a\nid: a\ntitle: b", 4, "`title` stands here twice"),
        ("1: a\n'1': b", 3, "`1` stands here twice"),
        ("title: *nobody", 2, "names nothing"),
        ("title: !mine a", 2, "!mine is not known"),
        ("title: !!int a", 2, "cannot be read as !!int"),
        ("<<: 3", 2, "mappings"),
        ("a: b\n...\nc: d", 4, "YAML"),
        ("? [[a]]\n: b", 2, "cannot be a key"),
        ("a: " + "[" * 300, 2, "nested too deeply"),
        ("title: a\x07b", 2, "not valid YAML"),
        ("a: " + "x" * 300_000, 1, "larger than"),
    ],
)
def test_broken_yaml(block: str, line: int, message: str) -> None:
    """What js-yaml refuses is reported with its line in the file."""
    ((at, said),) = notes(f"---\n{block}\n---\n")
    assert message in said
    assert at == line or message == "not valid YAML"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---js\n{id: 1}\n---\n", "`js` is not read"),
        ("---toml\nid = 1\n---\n", "`toml` is not read"),
        ("---json\n{id: 1}\n---\n", "not valid JSON"),
        ("---json\n" + "[" * 100_000 + "\n---\n", "JSON|deeply"),
        ("---\na\n---\n", "mapping"),
        ("---\n- a\n---\n", "mapping"),
        ("---\ntitle: a\nbody", "not valid YAML"),
    ],
)
def test_front_matter_of_another_kind(text: str, message: str) -> None:
    """JavaScript is never run; what is no mapping is refused."""
    ((_, said),) = notes(text)
    assert any(part in said for part in message.split("|"))


def test_anchors_and_merges() -> None:
    """Aliases repeat a value and `<<` takes in a mapping without overwriting its neighbours."""
    data = split_document("---\na: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: [*x, {f: 3}]\n  b: 9\n---\n").data
    assert data == {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 2}, "e": {"b": 9, "c": 2, "f": 3}}


def test_keys_are_text() -> None:
    """Keys become what JavaScript makes of them."""
    data = split_document("---\n1.0: a\ntrue: b\n~: c\n[x, y]: d\n? {k: v}\n: e\n---\n").data
    assert data == {"1": "a", "true": "b", "null": "c", "x,y": "d", "[object Object]": "e"}


def test_all_fields() -> None:
    """Every field that is used comes out in its own type."""
    front = read(
        "id: 1\nslug: 2024\ntitle: ''\ndescription: d\nkeywords: [a, 2]\ntags: [t, {label: l, permalink: /l}]\n"
        'draft: "true"\nunlisted: FALSE\nparse_number_prefixes: false\nmdx:\n  format: md\nother: {x: [1]}'
    )
    assert front == FrontMatter(
        id="1",
        slug="2024",
        title="",
        description="d",
        keywords=("a", "2"),
        tags=("t", "l"),
        draft=True,
        parse_number_prefixes=False,
        format="md",
    )


@pytest.mark.parametrize(
    "field",
    [
        "title: true",
        "title:",
        "title: ~",
        "title: [a]",
        "title: {a: b}",
        "description: null",
        'slug: ""',
        "slug:",
        'id: ""',
        "draft: yes",
        "draft: 1",
        "unlisted:",
        "hide_title: on",
        "keywords: a",
        "keywords: []",
        'keywords: [""]',
        "keywords: [true]",
        "tags: a",
        "tags:",
        "tags: [{label: a}]",
        "tags: [{label: a, permalink: 1.5, c: true}, ['']]",
        "tags: [[a]]",
        "sidebar_position: first",
        "sidebar_position: true",
        "sidebar_position: .inf",
        "sidebar_label: ''",
        "sidebar_custom_props: a",
        "toc_min_heading_level: 1",
        "toc_max_heading_level: 9",
        "toc_max_heading_level: a",
        "image: 3",
        "custom_edit_url: 3",
        "last_update: {x: 1}",
        "last_update: today",
        "mdx: {format: html}",
        "pagination_label: false",
    ],
)
def test_wrong_field(field: str) -> None:
    """A value of the wrong kind is refused, with the line of its key."""
    ((line, message),) = notes(f"---\nother: a\n{field}\n---\n")
    assert line == 3
    assert message.startswith(f"`{field.partition(':')[0]}")


@pytest.mark.parametrize(
    "field",
    [
        "sidebar_position: '1.5'",
        "sidebar_position: 0",
        "displayed_sidebar: null",
        "pagination_next: null",
        "custom_edit_url: null",
        "custom_edit_url: ''",
        "image: /img/a.png",
        "toc_min_heading_level: 2\ntoc_max_heading_level: 6",
        "tags: []",
        "last_update: {author: a}",
        "sidebar_custom_props: {a: 1}",
        "hide_table_of_contents: true",
    ],
)
def test_allowed_field(field: str) -> None:
    """What Docusaurus lets pass is let pass."""
    assert read(field) == FrontMatter()


def test_levels_in_the_wrong_order() -> None:
    """The least heading level may not be above the greatest."""
    ((line, message),) = notes("---\ntoc_min_heading_level: 4\ntoc_max_heading_level: 3\n---\n")
    assert (line, message) == (2, "`toc_min_heading_level` should be a number from 2 to 3")


def test_draft_and_unlisted() -> None:
    """A page is a draft or unlisted, not both."""
    assert notes("---\ndraft: true\nunlisted: true\n---\n") == [
        (3, "a page cannot be both draft and unlisted")
    ]


def test_everything_at_once() -> None:
    """All wrong fields are reported together."""
    assert [line for line, _ in notes("---\ntitle: true\ntags: a\n---\n")] == [2, 3]


@given(st.text("-\n\r: a'\"#[]{}&*!|>?%@`~\t0é\ufeff"))
def test_any_text(text: str) -> None:
    """Any file is either split or refused with a line that exists."""
    text = "---" + text
    said = notes(text)
    assert all(1 <= line <= text.count("\n") + 1 for line, _ in said)
    assert said or split_document(text).body in text
