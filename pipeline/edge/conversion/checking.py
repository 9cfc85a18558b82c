"""Whether vectors fit their collection, before the engine sees any of them.

The engine applies a list of points one by one: a wrong one in the middle would leave those before
it written, and some wrong ones (a sparse vector whose indices and values differ in number) make
it panic.  A server checks first and refuses the whole call; so does this.
"""

from collections.abc import Iterable
from typing import Any

from qdrant_client import models

from pipeline.edge.refusals import Refused


def refuse_wrong_vectors(vectors: Iterable[Any], settings: models.CreateCollection) -> None:
    """Checks names, kinds and dimensions of points' vectors (one unnamed, or a dict by name)."""
    configured = settings.vectors
    dense = configured if isinstance(configured, dict) else {"": configured} if configured else {}
    sparse = settings.sparse_vectors or {}
    for vector in vectors:
        for name, one in (vector if isinstance(vector, dict) else {"": vector}).items():
            if isinstance(one, models.SparseVector):
                _known(name, sparse, "sparse")
            else:
                _right_size(one, _known(name, dense, "dense"))


def refuse_wrong_sparse(vector: models.SparseVector) -> None:
    """As many values as indices, and no index twice; for points and for queries."""
    if len(vector.indices) != len(vector.values):
        raise Refused(
            f"Sparse vector has {len(vector.indices)} indices and {len(vector.values)} values: "
            "there must be as many"
        )
    if len(set(vector.indices)) != len(vector.indices):
        raise Refused("Sparse vector: an index is there twice")


def _known(name: str, configured: dict[str, Any], kind: str) -> Any:
    if name not in configured:
        raise Refused(f"Not existing vector name error: {name!r} is no {kind} vector of this collection")
    return configured[name]


def _right_size(vector: Any, params: models.VectorParams) -> None:
    several = len(vector) > 0 and hasattr(vector[0], "__len__")
    if several and params.multivector_config is None:
        raise Refused("Wrong input: a list of vectors for a collection without multivectors")
    for one in vector if several else [vector]:
        if len(one) != params.size:
            raise Refused(f"Vector dimension error: expected dim: {params.size}, got {len(one)}")
