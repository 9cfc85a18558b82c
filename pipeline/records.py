"""What an index says of itself: a record for each page, and one manifest.

Both are points without vectors beside the chunks, so that one switch changes all three at once.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from qdrant_client import models as rest

from pipeline.blocks import without_addresses
from pipeline.errors import StaleIndex
from pipeline.keys import NAMESPACE, page_key
from pipeline.models import Page
from pipeline.store.generation import Generation, matches, scroll_all
from pipeline.vocabulary import Vocabulary, counted, gathered


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One indexed page.

    `hash` covers everything of the page that reaches the index, `content_hash` what its vectors are
    made from: two pages with the same one are the same text in two places.
    """

    key: str
    source: str
    permalink: str
    url: str
    title: str
    version: str
    version_label: str
    locale: str
    last: bool
    anchors: tuple[str, ...]
    hash: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the whole index is: settings it was built with, and the docs' state.

    `unindexed` counts the chunks written since the store's own indexes were last built.
    """

    fingerprint: str
    embedding: str
    title_weight: float
    dimensions: int
    revision: str
    commit: str
    created: str
    site: str
    default_locale: str
    unindexed: int = 0


MANIFEST_ID = str(uuid.uuid5(NAMESPACE, "manifest"))


def record_of(page: Page) -> PageRecord:
    """The record that the index would hold of this page."""
    return PageRecord(
        key=page_key(page),
        source=page.source,
        permalink=page.permalink,
        url=page.url,
        title=page.title,
        version=page.version,
        version_label=page.version_label,
        locale=page.locale,
        last=page.is_last_version,
        anchors=tuple(heading.id for heading in page.headings),
        hash=page_hash(page),
        content_hash=_hash(
            [
                page.title,
                [page.description, page.keywords, page.tags],
                [(s.breadcrumbs, without_addresses(s.text)) for s in page.sections],
            ]
        ),
    )


def page_hash(page: Page) -> str:
    """Of everything of the page that reaches the index."""
    return _hash(page)


def _hash(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value)).hexdigest()[:32]


def record_point(page: Page) -> rest.PointStruct:
    """The page's record, and the words of its sections, as a point without vectors."""
    record = record_of(page)
    words = {"sections": len(page.sections), "words": counted(page)}
    return rest.PointStruct(
        id=str(uuid.uuid5(NAMESPACE, f"page\n{record.key}")),
        vector={},
        payload={"kind": "page", "page": record.key, **_plain(asdict(record)), **words},
    )


def manifest_point(manifest: Manifest) -> rest.PointStruct:
    """The manifest as a point without vectors."""
    return rest.PointStruct(id=MANIFEST_ID, vector={}, payload={"kind": "manifest", **asdict(manifest)})


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


async def read_records(generation: Generation) -> dict[str, PageRecord]:
    """Every page that the index holds, by key."""
    fields = list(PageRecord.__dataclass_fields__)
    records = {}
    async for point in scroll_all(generation, matches(kind="page"), payload=fields):
        record = PageRecord(**_known(point.payload or {}, fields))
        records[record.key] = replace(record, anchors=tuple(record.anchors))
    return records


async def read_addresses(generation: Generation) -> list[str]:
    """The address of every page that the index holds."""
    points = scroll_all(generation, matches(kind="page"), payload=["url"])
    return [str((point.payload or {})["url"]) async for point in points]


async def read_manifest(generation: Generation) -> Manifest | None:
    """The manifest, None when the index was never finished."""
    points = await generation.client.retrieve(
        collection_name=generation.collection, ids=[MANIFEST_ID], with_payload=True
    )
    if not points:
        return None
    return Manifest(**_known(points[0].payload, list(Manifest.__dataclass_fields__)))


def _known(payload: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
    """The fields.  Raises StaleIndex when one is missing: another release wrote the index."""
    missing = [name for name in fields if name not in payload]
    if missing:
        raise StaleIndex(f"the index does not say `{missing[0]}`: run `python -m ingest`")
    return {name: payload[name] for name in fields}


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version of the docs that can be asked for, by its name or its label."""

    name: str
    label: str
    last: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """What an index holds: versions and locales each once, in the order of its pages; how many pages; the
    words of each locale.
    """

    versions: tuple[VersionRecord, ...]
    locales: tuple[str, ...]
    pages: int
    vocabularies: Mapping[str, Vocabulary]


async def read_outline(generation: Generation) -> Outline:
    """The outline.  Raises StaleIndex when another release wrote the index.

    All is read in one pass, and of each record only what is needed: anchors are most of it.
    """
    fields = ["version", "version_label", "last", "locale", "sections", "words"]
    versions: dict[tuple[str, bool], VersionRecord] = {}
    words: list[tuple[str, int, str]] = []
    async for point in scroll_all(generation, matches(kind="page"), payload=fields):
        of = _known(point.payload or {}, fields)
        versions[of["version"], of["last"]] = VersionRecord(of["version"], of["version_label"], of["last"])
        words.append((of["locale"], of["sections"], of["words"]))
    vocabularies = await asyncio.to_thread(gathered, words)
    return Outline(tuple(versions.values()), tuple(vocabularies), len(words), vocabularies)
