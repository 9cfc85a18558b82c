"""The collection that the tests ask about: 12 points with payloads of every kind, some without vectors.

Dense vectors have 4 dimensions and no two points are equally far from QUERY; words are sparse.
"""

import warnings
from typing import Any
from uuid import UUID

from qdrant_client import models

NAME = "site"
QUERY = [0.9, 0.1, 0.4, -0.2]
WORDS = models.SparseVector(indices=[3, 7, 11], values=[1.0, 0.5, 2.0])

FIELDS = {
    "doc": models.PayloadSchemaType.KEYWORD,
    "n": models.PayloadSchemaType.INTEGER,
    "score": models.PayloadSchemaType.FLOAT,
    "when": models.PayloadSchemaType.DATETIME,
    "draft": models.PayloadSchemaType.BOOL,
    "place": models.PayloadSchemaType.GEO,
}


def uuid(number: int) -> str:
    return str(UUID(int=number))


def _payload(n: int) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "doc": f"page-{n % 3}",
        "n": n * 10,
        "score": n / 4,
        "when": f"2024-01-{n + 1:02d}T12:00:00Z",
        "draft": n % 4 == 0,
        "place": {"lon": 13.0 + n / 10, "lat": 52.0 + n / 20},
        "text": f"How to install part {n} of the site" if n % 2 else f"Configure the theme, step {n}",
        "tags": [f"tag-{i}" for i in range(n % 4)],
        "steps": [{"name": "a", "n": n}, {"name": "b", "n": n + 1}],
    }
    if n % 5 == 0:
        payload["gone"] = None
    return payload


def _vectors(n: int) -> dict[str, Any]:
    if n >= 10:  # records of pages have no vectors
        return {}
    dense = [1.0 - n / 7, 0.1 + n * n / 90, (n % 4) / 3, -0.2 + (n % 5) / 9]
    words = models.SparseVector(indices=[n, (n * 3) % 12 + 20, 11], values=[1.5, 0.7, 0.2 + n / 10])
    if n == 9:
        return {"dense": dense}
    return {"dense": dense, "words": words}


POINTS = [
    models.PointStruct(id=n if n % 2 else uuid(n + 1), vector=_vectors(n), payload=_payload(n))
    for n in range(12)
]


async def fill(client: Any) -> None:
    await client.create_collection(
        NAME,
        vectors_config={"dense": models.VectorParams(size=4, distance=models.Distance.COSINE)},
        sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    await client.upsert(NAME, points=POINTS)


async def index(client: Any) -> None:
    with warnings.catch_warnings():
        # Local mode warns that it has no indexes; the engine has, and orders by them.
        warnings.filterwarnings("ignore", message="Payload indexes have no effect")
        for field, kind in FIELDS.items():
            await client.create_payload_index(NAME, field_name=field, field_schema=kind)
