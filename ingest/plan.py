"""What has to be done so that the index holds what the folder holds.  Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.keys import page_key
from pipeline.models import Page
from pipeline.records import PageRecord, page_hash, record_of


@dataclass(frozen=True, slots=True)
class Plan:
    """`added`, `changed` and `moved` are pages to write, `deleted` records to remove.

    A moved page is one whose text the index holds under another file: it keeps its vectors.
    `kept` are the records of pages that have not changed; `unread` of those that cannot be read
    just now, and stay as they were.
    """

    added: tuple[Page, ...] = ()
    changed: tuple[Page, ...] = ()
    moved: tuple[tuple[PageRecord, Page], ...] = ()
    deleted: tuple[PageRecord, ...] = ()
    kept: tuple[PageRecord, ...] = ()
    unread: tuple[PageRecord, ...] = ()

    @property
    def to_write(self) -> tuple[Page, ...]:
        """Every page whose chunks are written."""
        return (*self.changed, *(page for _, page in self.moved), *self.added)

    @property
    def to_remove(self) -> tuple[PageRecord, ...]:
        """Every record whose page is gone from where it was."""
        return (*self.deleted, *(record for record, _ in self.moved))

    @property
    def empty(self) -> bool:
        return not (self.to_write or self.to_remove)

    def counts(self) -> dict[str, int]:
        """How many pages of each kind, for reports."""
        names = ("added", "changed", "moved", "deleted", "kept", "unread")
        return {name: len(getattr(self, name)) for name in names}


def plan(pages: Sequence[Page], records: Mapping[str, PageRecord], unread: Collection[str] = ()) -> Plan:
    """The plan from `records`, what the index holds by key, to `pages`, what the folder holds.

    `unread` are the sources of pages that are there but could not be read.
    """
    wanted = {page_key(page): page for page in pages}
    gone = [r for key, r in records.items() if key not in wanted and r.source not in unread]
    moved, added = _moved([page for key, page in wanted.items() if key not in records], gone)
    left = {id(record) for record, _ in moved}
    same = {key for key, page in wanted.items() if key in records and records[key].hash == page_hash(page)}
    return Plan(
        added=tuple(added),
        changed=tuple(page for key, page in wanted.items() if key in records and key not in same),
        moved=tuple(moved),
        deleted=tuple(record for record in gone if id(record) not in left),
        kept=tuple(records[key] for key in records if key in same),
        unread=tuple(r for key, r in records.items() if key not in wanted and r.source in unread),
    )


def _moved(
    new: Iterable[Page], gone: Sequence[PageRecord]
) -> tuple[list[tuple[PageRecord, Page]], list[Page]]:
    """New pages whose text a page that is gone had, and the other new pages."""
    before: dict[str, list[PageRecord]] = {}
    for record in reversed(gone):
        before.setdefault(record.content_hash, []).append(record)
    moved: list[tuple[PageRecord, Page]] = []
    added: list[Page] = []
    for page in new:
        same = before.get(record_of(page).content_hash) if before else None
        if same:
            moved.append((same.pop(), page))
        else:
            added.append(page)
    return moved, added
