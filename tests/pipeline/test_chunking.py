"""Sections become chunks that never cross a section, fit the model, and are the same every time."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import BaseNode, MetadataMode

from pipeline.blocks import blocks, pack
from pipeline.chunking import SealChunks, SectionChunker, section_nodes
from pipeline.keys import page_part
from pipeline.models import Page, Section

PAGE = Page(
    "docs/a.md", "/a", "https://x/a", "Guide", "current", "en", description="What it does.",
    sections=(
        Section("", "Guide", ("Guide",), "Hello.\n\nWorld."),
        Section("setup", "Set-up", ("Guide", "Set-up"), "```js\n" + "const a = 1\n" * 100 + "```"),
        Section("more", "More", ("Guide", "More"), "  "),
        Section("deep", "Deep down", ("Guide", "More", "Deep down"), "Words."),
    ),
)  # fmt: skip


def chunks_of(page: Page) -> list[BaseNode]:
    return SealChunks()(SectionChunker()(section_nodes(page)))


def test_each_chunk_knows_its_section() -> None:
    """The address leads to the heading, and what is embedded begins with the way to it."""
    first, *rest = chunks_of(PAGE)
    assert first.metadata["url"] == "https://x/a"
    assert first.get_content(MetadataMode.EMBED) == "Guide\n\nWhat it does.\n\nHello.\n\nWorld."
    assert {chunk.metadata["url"] for chunk in rest} == {
        f"https://x/a#{anchor}" for anchor in ("setup", "more", "deep")
    }
    assert rest[0].get_content(MetadataMode.EMBED).startswith("Guide > Set-up\n\n```js")


def test_keywords_and_tags_help_to_find_the_first_chunk() -> None:
    """They are embedded with it, but neither readers nor the model see them."""
    page = replace(PAGE, keywords=("howto", "Hello"), tags=("Basics",))
    first, second, *_ = chunks_of(page)
    assert first.get_content(MetadataMode.EMBED).startswith("Guide\nhowto, Basics\n\n")
    assert "Basics" not in first.get_content(MetadataMode.LLM) + second.get_content(MetadataMode.EMBED)
    (only,) = chunks_of(replace(page, sections=page.sections[3:]))
    assert "\nWhat it does., howto, Hello, Basics\n" in only.get_content(MetadataMode.EMBED)


def test_every_piece_of_a_fence_is_a_fence() -> None:
    """Long code is split between lines, and each part can be read alone."""
    for chunk in chunks_of(PAGE)[1:-2]:
        lines = chunk.get_content().split("\n")
        assert (lines[0], lines[-1]) == ("```js", "```")


def test_ids_follow_from_page_and_place() -> None:
    """The same page makes the same points; another version of it makes others."""
    ids = [chunk.node_id for chunk in chunks_of(PAGE)]
    assert ids == [chunk.node_id for chunk in chunks_of(PAGE)]
    other = [chunk.node_id for chunk in chunks_of(replace(PAGE, version="2.0"))]
    assert not set(ids) & set(other)
    assert len({page_part(id_) for id_ in ids}) == 1
    assert page_part(ids[0]) != page_part(other[0])


def test_the_hash_follows_from_what_is_embedded() -> None:
    """A moved page keeps its hashes, and with them its vectors."""
    moved = replace(PAGE, source="docs/b.md", permalink="/b", url="https://x/b")
    assert [c.metadata["text_hash"] for c in chunks_of(moved)] == [
        c.metadata["text_hash"] for c in chunks_of(PAGE)
    ]


def test_a_fence_with_blank_lines_is_one_block() -> None:
    """Blank lines end a block of prose, not of code."""
    assert blocks("a\nb\n\n```\nx\n\ny\n```\n\nc") == ["a\nb", "```\nx\n\ny\n```", "c"]


@given(st.lists(st.text(alphabet="ab `|\n-", max_size=60), max_size=8), st.integers(20, 60))
def test_no_word_is_lost_and_no_chunk_is_too_long(parts: list[str], limit: int) -> None:
    """Packing keeps every word, in order, within the limit."""
    text = "\n\n".join(parts)
    packed = list(pack(blocks(text), limit))
    for chunk in packed:
        assert len(chunk.split()) <= limit + 3  # a fence that is split gets its marks again
    if "```" not in text and "|" not in text:
        assert " ".join(packed).split() == text.split()


def test_a_heading_without_text_says_what_stands_below_it() -> None:
    """So that it can be found, and linked."""
    assert chunks_of(PAGE)[-2].get_content() == "Deep down"
