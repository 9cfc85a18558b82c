"""Pages become chunks: LlamaIndex transformations over one node for each section.

`section_nodes` makes the nodes, `SectionChunker` is the default of `ingestion.transformations`,
and `SealChunks` ends every chain: it gives chunks their ids, whatever made them.  No embedding and
no store here.
"""

import hashlib
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

from pipeline.blocks import blocks, pack, without_addresses
from pipeline.keys import chunk_id, page_key
from pipeline.models import Page, Section

FORMAT = 7  # raise it when the same page would make other chunks or another record: the fingerprint follows
EMBEDDED_KEYS = ("trail", "about")


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
