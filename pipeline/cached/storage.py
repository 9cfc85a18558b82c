"""Where kept answers lie: the port that `memory` and `shared` are, and the search for near questions."""

from typing import Any, Protocol

import numpy as np

Vector = np.ndarray[Any, np.dtype[np.float32]]


class Storage(Protocol):
    """Answers by key, and the vectors of first questions by the group within which they may be near.

    A storage that fails has nothing and keeps nothing: it never raises.
    """

    async def get(self, key: str) -> bytes | None:
        """The answer, None when there is none or its time is over."""

    async def put(self, key: str, answer: bytes) -> None:
        """Keeps the answer for its time."""

    async def nearest(self, group: str, vector: Vector) -> tuple[str, float] | None:
        """The key of the nearest question of the group, and its cosine."""

    async def add(self, group: str, key: str, vector: Vector) -> None:
        """The question of `key` has this vector."""

    async def aclose(self) -> None:
        """Closes every connection."""


class Neighbours:
    """Vectors of length 1 in one matrix, at most `most` of them: the oldest gives its place to the newest.

    One product of the matrix with a vector: .1 ms for 1,000 questions of 384 numbers.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: list[str] = []
        self._matrix = np.zeros((0, 0), np.float32)
        self._added = 0

    def add(self, key: str, vector: Vector) -> None:
        """Adds a question."""
        if len(self._keys) < self._most:
            self._keys.append("")
            if len(self._keys) > len(self._matrix):
                grown = np.zeros((min(self._most, max(1, 2 * len(self._matrix))), vector.size), np.float32)
                grown[: len(self._matrix)] = self._matrix.reshape(-1, vector.size)
                self._matrix = grown
        place = self._added % self._most
        self._keys[place] = key
        self._matrix[place] = vector
        self._added += 1

    def nearest(self, vector: Vector) -> tuple[str, float] | None:
        """The nearest question's key and its cosine, None without any."""
        if not self._keys:
            return None
        cosines = self._matrix[: len(self._keys)] @ vector
        best = int(np.argmax(cosines))
        return self._keys[best], float(cosines[best])


def unit(values: list[float]) -> Vector:
    """The vector scaled to length 1."""
    vector = np.asarray(values, np.float32)
    return vector / (float(np.linalg.norm(vector)) or 1.0)
