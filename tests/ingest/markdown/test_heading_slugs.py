"""Slugs as github-slugger 1.5.0 makes them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.docusaurus.markdown.slugs import Slugger, slug_of


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello World", "hello-world"),
        ("a  b", "a--b"),
        (" a ", "-a-"),
        ("C++ & C#", "c--c"),
        ("snake_case-kebab", "snake_case-kebab"),
        ("v1.2.3 (beta)", "v123-beta"),
        ("tab\tand\nline", "tabandline"),
        ("日本語、見出し", "日本語見出し"),
        ("Ünïcödé Straße", "ünïcödé-straße"),
        ("ΟΔΟΣ", "οδος"),
        ("İ", "i̇"),
        ("🚀 go", "-go"),
        ("⚠️ x", "️-x"),
        ("1️⃣", "1️⃣"),
        ("a\u00a0b\u200bc\u3000d", "abcd"),
        ("x²½", "x"),
        ("ⅷ Ⓐ", "ⅷ-ⓐ"),
        ("𝐀 𠮷", "𝐀-𠮷"),
        ("\u0870", ""),
    ],
)
def test_a_slug_keeps_letters_marks_digits_hyphens_and_low_lines(text: str, slug: str) -> None:
    """Everything but letters, marks, digits, "-" and "_" goes, each space turns into a hyphen."""
    assert slug_of(text) == slug


def test_case_can_be_kept() -> None:
    """With `maintain_case` no letter is lowered."""
    assert slug_of("Ab C", maintain_case=True) == "Ab-C"


@pytest.mark.parametrize(
    ("texts", "slugs"),
    [
        (["A", "A", "A"], ["a", "a-1", "a-2"]),
        (["A", "A", "A-1"], ["a", "a-1", "a-1-1"]),
        (["A", "A", "A 1", "A"], ["a", "a-1", "a-1-1", "a-2"]),
        (["A-1", "A", "A"], ["a-1", "a", "a-2"]),
        (["", "", "?"], ["", "-1", "-2"]),
        (["constructor", "constructor"], ["constructor", "constructor-1"]),
    ],
)
def test_a_slug_comes_once(texts: list[str], slugs: list[str]) -> None:
    """A taken slug gets the next free number of its first form."""
    slugger = Slugger()
    assert [slugger.slug(text) for text in texts] == slugs


@given(st.lists(st.text(alphabet="aA1- ?é"), max_size=12))
def test_slugs_of_a_file_differ(texts: list[str]) -> None:
    """Whatever the texts, no slug comes twice."""
    slugger = Slugger()
    slugs = [slugger.slug(text) for text in texts]
    assert len(set(slugs)) == len(slugs)


@given(st.characters(categories=["L", "Nd"], max_codepoint=0xFFFF))
def test_letters_and_digits_older_than_unicode_13_stay(character: str) -> None:
    """What was a letter in Unicode 3.2 is kept, in upper or lower case."""
    if unicodedata.ucd_3_2_0.category(character) not in ("Cn", "Lm"):
        assert slug_of(character, maintain_case=True) == character
