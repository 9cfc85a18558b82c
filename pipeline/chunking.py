"""Pages become chunks: LlamaIndex transformations over one node for each section.

`section_nodes` makes the nodes, `SectionChunker` is the default of `ingestion.transformations`,
and `SealChunks` ends every chain: it gives chunks their ids, whatever made them.  No embedding and
no store here.
"""

import hashlib
import re
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.schema import (
    BaseNode,
    MetadataMode,
    NodeRelationship,
    RelatedNodeInfo,
    TextNode,
    TransformComponent,
)

from pipeline.models import Page, Section

FORMAT = 7  # raise it when the same page would make other chunks or another record: the fingerprint follows
NAMESPACE = uuid.UUID("6f1d3f0e-6b0f-5a43-9a53-0d8f0f1d6c11")
EMBEDDED_KEYS = ("trail", "about")
LINK = re.compile(r"(?<![!\\])\[([^\[\]]*)\]\([^()\s]*\)")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")


def page_key(page: Page) -> str:
    """What makes a page one page: its file, as one version in one language shows it."""
    return f"{page.locale}/{page.plugin}/{page.version}/{page.source}"


def section_nodes(page: Page) -> list[TextNode]:
    """One node for each section that says something; its metadata become the chunks' payload.

    A heading without text of its own says what the headings below it are about, so that it can be found.
    The page's keywords and tags, which no reader sees, help to find the first node and are not in its text.
    """
    nodes: list[TextNode] = []
    for place, section in enumerate(page.sections):
        text = section.text.strip() or _below(page.sections[place:])
        if not section.anchor and page.description and page.description not in text:
            text = f"{page.description}\n\n{text}".strip()
        if text:
            nodes.append(_node(page, section, text, "" if nodes else _about(page, text)))
    return nodes


def _about(page: Page, text: str) -> str:
    """What the page's front matter says of it beyond the first node's text."""
    told = (page.description, *page.keywords, *page.tags)
    return ", ".join(dict.fromkeys(word for word in told if word and word not in text))


def _below(sections: Sequence[Section]) -> str:
    """The titles right below the first of `sections`, as one line; its own when there are none."""
    first, *others = sections
    depth = len(first.breadcrumbs)
    titles = []
    for section in others:
        if section.breadcrumbs[:depth] != first.breadcrumbs:
            break
        if len(section.breadcrumbs) == depth + 1:
            titles.append(section.title)
    return ". ".join(titles or [first.title]) if first.anchor else ""


class Chunk(TextNode):
    """A LlamaIndex node that is embedded without the addresses of its links: they say nothing."""

    def get_content(self, metadata_mode: MetadataMode = MetadataMode.NONE) -> str:
        text = super().get_content(metadata_mode)
        return without_addresses(text) if metadata_mode == MetadataMode.EMBED else text


def without_addresses(text: str) -> str:
    """Markdown links as their labels alone."""
    return LINK.sub(r"\1", text) if "](" in text else text


def _node(page: Page, section: Section, text: str, about: str) -> TextNode:
    key = page_key(page)
    metadata: dict[str, Any] = {
        "kind": "chunk",
        "page": key,
        "source": page.source,
        "permalink": page.permalink,
        "anchor": section.anchor,
        "url": f"{page.url}#{section.anchor}" if section.anchor else page.url,
        "title": section.title,
        "page_title": page.title,
        "breadcrumbs": list(section.breadcrumbs),
        "trail": " > ".join(section.breadcrumbs),
        "version": page.version,
        "version_label": page.version_label,
        "locale": page.locale,
        "last": page.is_last_version,
    }
    if about:
        metadata["about"] = about
    return Chunk(
        id_=f"{key}#{section.anchor}",
        text=text,
        metadata=metadata,
        excluded_embed_metadata_keys=[name for name in metadata if name not in EMBEDDED_KEYS],
        excluded_llm_metadata_keys=list(metadata),
        metadata_template="{value}",
        text_template="{metadata_str}\n\n{content}",
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=key)},
    )


class SectionChunker(TransformComponent):
    """Splits long sections between their blocks; a chunk never spans two sections.

    `max_words`: words in a chunk, by white space.  180 words are about the 256 tokens that
    all-MiniLM-L6-v2 reads.  A block of code or a table that is longer is split between its lines.
    """

    max_words: int = 180

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        return [chunk for node in nodes for chunk in self._split(node)]

    def _split(self, node: BaseNode) -> Iterator[BaseNode]:
        for text in pack(blocks(node.get_content(MetadataMode.NONE)), self.max_words):
            chunk = node.model_copy(deep=True)
            chunk.set_content(text)
            yield chunk


def blocks(text: str) -> list[str]:
    """The Markdown blocks of `text`: split at blank lines, but a fence stays whole."""
    found: list[str] = []
    lines: list[str] = []
    closing = ""
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if closing:
            if fence and fence.group(1).startswith(closing) and not line.strip(" `~\t"):
                closing = ""
        elif fence:
            closing = fence.group(1)
        if line.strip() or closing:
            lines.append(line)
        elif lines:
            found.append("\n".join(lines))
            lines = []
    if lines:
        found.append("\n".join(lines))
    return found


def pack(parts: Sequence[str], max_words: int) -> Iterator[str]:
    """Joins blocks to texts of at most `max_words` words; a longer block is split between lines."""
    held: list[str] = []
    words = 0
    for part in (piece for block in parts for piece in _fitting(block, max_words)):
        length = len(part.split())
        if held and words + length > max_words:
            yield "\n\n".join(held)
            held, words = [], 0
        held.append(part)
        words += length
    if held:
        yield "\n\n".join(held)


def _fitting(block: str, max_words: int) -> Iterator[str]:
    """The block, or pieces of it; each piece of a fence is a fence again, of a table a table."""
    if len(block.split()) <= max_words:
        yield block
        return
    lines = block.split("\n")
    fence = FENCE.match(lines[0])
    head: list[str] = []
    tail: list[str] = []
    if fence:
        head, lines = [lines[0]], lines[1:]
        if lines and FENCE.match(lines[-1]):
            lines = lines[:-1]
        tail = [fence.group(1)]
    elif len(lines) > 2 and re.fullmatch(r"[\s|:-]+", lines[1]):
        head, lines = lines[:2], lines[2:]
    room = max(20, max_words - sum(len(line.split()) for line in head))
    for piece in _lines(lines, room, fence is not None):
        yield "\n".join([*head, *piece, *tail])


def _lines(lines: Sequence[str], max_words: int, code: bool) -> Iterator[list[str]]:
    held: list[str] = []
    words = 0
    for line in lines:
        # A line of prose that is itself too long is cut between words; code keeps its lines.
        tokens = line.split()
        cut = [" ".join(tokens[i : i + max_words]) for i in range(0, len(tokens), max_words)]
        for part in cut if len(tokens) > max_words and not code else [line]:
            length = len(part.split())
            if held and words + length > max_words:
                yield held
                held, words = [], 0
            held.append(part)
            words += length
    if held:
        yield held


def chunk_id(page: str, place: int) -> str:
    """The id of the chunk at `place` of the page with the key `page`: a UUID, whose first half is the page's.

    So a search can tell which chunks are of one page without reading their payloads, which costs more
    than the search.  64 bits: two of a million pages share a half once in 30 million indexes.
    """
    half = hashlib.blake2b(page.encode(), digest_size=8).digest()
    return str(uuid.UUID(bytes=half + place.to_bytes(8, "big")))


def page_part(chunk_id: str) -> str:
    """What the ids of all chunks of one page have in common."""
    return chunk_id[:18]


class SealChunks(TransformComponent):
    """Gives each chunk its id and the hash of what is embedded.

    The id follows from the page and the chunk's place in it, so that the same docs make the same
    points.  The hash tells which vectors can be used again.
    """

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        places: dict[str, int] = {}
        for node in nodes:
            key = node.metadata["page"]
            place = places[key] = places.get(key, -1) + 1
            node.metadata["place"] = place
            node.excluded_embed_metadata_keys = [
                name for name in (*node.metadata, "text_hash") if name not in EMBEDDED_KEYS
            ]
            node.metadata["text_hash"] = text_hash(node)
            node.node_id = chunk_id(key, place)
        return list(nodes)


def text_hash(node: BaseNode) -> str:
    """Of the text as the embedding model reads it: title and breadcrumbs included."""
    return hashlib.sha256(node.get_content(MetadataMode.EMBED).encode()).hexdigest()[:32]
