"""Where JavaScript ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.docusaurus.markdown.javascript import (
    NoEnd,
    block_end,
    expression_end,
    literal,
    shown_text,
)


@pytest.mark.parametrize(
    "source",
    [
        "{}",
        "{a}",
        "{'}'}",
        '{"\\"}"}',
        "{`}${`}`}${{a: 1}.a}`}",
        "{/* } */}",
        "{a // }\n}",
        "{/[}/]/.test(a / b)}",
        "{a < b && c > d}",
        "{x ? <b>it's }</b> : null}".replace(" }", ""),
        "{<a b='}' c={{d: 1}} {...e}>don't {f(`}`)}<br/></a>}",
        "{() => { return <></> }}",
        "{[1, 2].map((i) => <li key={i}>{i}</li>)}",
        "{return_ / 2}",
    ],
)
def test_an_expression_ends_at_its_own_brace(source: str) -> None:
    """Braces in strings, templates, comments, regular expressions and JSX do not count."""
    assert expression_end(source + " } tail", 0, len(source) + 7) == len(source)


@pytest.mark.parametrize(
    ("source", "missing"), [("{a", True), ("{'}", False), ("{(}", False), ("{`}", True), ("{/*}", True)]
)
def test_what_does_not_end_says_why(source: str, missing: bool) -> None:
    """Either the text ends first, or a bracket closes another one."""
    end = expression_end(source, 0, len(source))
    assert isinstance(end, NoEnd) or source == "{'}"
    if isinstance(end, NoEnd):
        assert end.missing is missing


@pytest.mark.parametrize(
    "text",
    [
        "import a from 'b'",
        "export const a = {\n\n}",
        "export const a = `\n\n`;",
        "export default () => <p>it's</p>",
    ],
)
@pytest.mark.parametrize("after", ["\n\nText", "\n \n\nText", "\n## Heading"])
def test_a_module_ends_where_everything_is_closed(text: str, after: str) -> None:
    """It ends before a blank line or a heading, or with the whole text; otherwise more may come."""
    assert block_end(text + after, whole=False) == len(text)
    assert block_end(text, whole=True) == len(text)
    assert block_end(text, whole=False) == NoEnd(True, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "export const a = {",
        "export const a =",
        "export const a = `\n",
        "export const a = () =>",
        "export default (\n <p>",
        "/* a",
    ],
)
def test_an_unfinished_module_goes_on(text: str) -> None:
    """Something is open, or an operator waits."""
    assert block_end(text + "\n\n", whole=True) == NoEnd(True, len(text) + 2)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (" 'a\\'b' ", "a'b"),
        ('"\\u00e9\\x41\\n"', "éA\n"),
        ("`a\nb`", "a\nb"),
        ("`${a}`", None),
        ("'a' + 'b'", None),
        ("a", None),
    ],
)
def test_the_value_of_a_lone_string(source: str, value: str | None) -> None:
    """Only one string, or one template without expressions, has a value."""
    assert literal(source) == value


def test_the_text_that_jsx_shows() -> None:
    """Element text and strings in braces, entities decoded; attributes and code are not shown."""
    assert (
        shown_text("ok && <p title='no'>Fish &amp;\n  chips {'here'} {no('x')}<b>!</b></p>")
        == "Fish & chips here !"
    )


@given(st.text(alphabet="{}()[]<>/='\"`$\\*a \n", max_size=60))
def test_any_text_is_scanned_to_an_answer(text: str) -> None:
    """No text raises, and an end lies within it."""
    end = expression_end("{" + text, 0, len(text) + 1)
    assert isinstance(end, NoEnd) or 0 < end <= len(text) + 1
    block_end(text, whole=True)
    shown_text(text)
    literal(text)
