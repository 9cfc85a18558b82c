"""Answers kept in this process."""

from cachetools import LRUCache, TTLCache

from pipeline.cached.storage import Neighbours, Vector


class MemoryStorage:
    """The `Storage` of one process: at most `entries` answers, each for `ttl` seconds."""

    def __init__(self, entries: int, ttl: int) -> None:
        self._answers: TTLCache[str, bytes] = TTLCache(entries, ttl)
        self._entries = entries
        self._groups: LRUCache[str, Neighbours] = LRUCache(entries)

    async def get(self, key: str) -> bytes | None:
        return self._answers.get(key)

    async def put(self, key: str, answer: bytes) -> None:
        self._answers[key] = answer

    async def nearest(self, group: str, vector: Vector) -> tuple[str, float] | None:
        known = self._groups.get(group)
        return known.nearest(vector) if known else None

    async def add(self, group: str, key: str, vector: Vector) -> None:
        if group not in self._groups:
            self._groups[group] = Neighbours(self._entries)
        self._groups[group].add(key, vector)

    async def aclose(self) -> None:
        self._answers.clear()
        self._groups.clear()
