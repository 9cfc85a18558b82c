"""What the embedded store does not have is refused by name, never ignored."""

from typing import Any

import pytest
from qdrant_client import AsyncQdrantClient, models

from pipeline.edge import AsyncEdgeClient
from pipeline.edge.refusals import client_methods
from pipeline.errors import StoreError, Unsupported
from tests.pipeline.edge.same import Ask, Both
from tests.pipeline.edge.site import NAME, QUERY

M = models
PLAIN = M.VectorParams(size=2, distance=M.Distance.DOT)
PRODUCT = M.ProductQuantization(product=M.ProductQuantizationConfig(compression=M.CompressionRatio.X16))


def create(**arguments: Any) -> Ask:
    return lambda client: client.create_collection("new", vectors_config=PLAIN, **arguments)


def query(**arguments: Any) -> Ask:
    return lambda client: client.query_points(NAME, **arguments)


REFUSED: dict[str, Ask] = {
    "shard_number": create(shard_number=4),
    "replication_factor": create(replication_factor=2),
    "wal_config": create(wal_config=M.WalConfigDiff(wal_capacity_mb=1)),
    "strict_mode_config": create(strict_mode_config=M.StrictModeConfig(enabled=True)),
    "ProductQuantization": create(quantization_config=PRODUCT),
    "memmap_threshold": create(optimizers_config=M.OptimizersConfigDiff(memmap_threshold=1)),
    "RecommendQuery": query(query=M.RecommendQuery(recommend=M.RecommendInput(positive=[1])), using="dense"),
    "FormulaQuery": query(
        prefetch=M.Prefetch(query=QUERY, using="dense"),
        query=M.FormulaQuery(formula=M.SumExpression(sum=["$score"])),
    ),
    "Document": query(query=M.Document(text="how", model="some"), using="dense"),
    "lookup_from": query(query=1, using="dense", lookup_from=M.LookupLocation(collection="other")),
    "shard_key_selector": lambda it: it.scroll(NAME, shard_key_selector="europe"),
    "SliceCondition": lambda it: it.count(
        NAME, count_filter=M.Filter(must=[M.SliceCondition(slice=M.Slice(index=0, total=2))])
    ),
    "query_points_groups": lambda it: it.query_points_groups(NAME, group_by="doc"),
    "create_snapshot": lambda it: it.create_snapshot(NAME),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refusal_names_what_is_missing(site: Both, name: str) -> None:
    """Unsupported names the call's argument, kind of value or method that the embedded store lacks."""
    with pytest.raises(Unsupported, match=name):
        await REFUSED[name](site.edge)


async def test_every_method_of_the_real_client_is_there(site: Both) -> None:
    """Each public method of AsyncQdrantClient works here or raises Unsupported with its name."""
    ours = {name for name in dir(AsyncEdgeClient) if not name.startswith("_")}
    assert ours - client_methods() == {"optimize", "flush"}
    for name in client_methods() - ours:
        with pytest.raises(Unsupported, match=name):
            await getattr(site.edge, name)()
    assert not hasattr(site.edge, "no_such_method")


async def test_arguments_of_a_cluster_are_taken_where_harmless(site: Both) -> None:
    """wait, timeout, consistency and ordering change nothing here; None is always the default."""
    await site.edge.scroll(NAME, consistency="all", timeout=3, shard_key_selector=None)
    assert (await site.edge.count(NAME, timeout=1)).count == 12


async def test_unknown_argument_is_a_type_error(site: Both) -> None:
    """An argument that the real client does not have is a mistake in the caller's code."""
    with pytest.raises(TypeError, match="scrol_filter"):
        await site.edge.scroll(NAME, scrol_filter=None)


async def test_collection_settings_come_back_as_given(both: Both) -> None:
    """Quantization, HNSW, memory, datatypes, optimizers and metadata are taken and told again."""
    await both.edge.create_collection(
        "tuned",
        vectors_config={
            "a": M.VectorParams(
                size=4,
                distance=M.Distance.COSINE,
                datatype=M.Datatype.FLOAT16,
                memory=M.Memory.COLD,
                hnsw_config=M.HnswConfigDiff(m=8),
                quantization_config=M.BinaryQuantization(
                    binary=M.BinaryQuantizationConfig(
                        always_ram=True,
                        encoding=M.BinaryQuantizationEncoding.TWO_BITS,
                        query_encoding=M.BinaryQuantizationQueryEncoding.SCALAR4BITS,
                    )
                ),
            )
        },
        sparse_vectors_config={"s": M.SparseVectorParams(index=M.SparseIndexParams(on_disk=True))},
        on_disk_payload=True,
        hnsw_config=M.HnswConfigDiff(ef_construct=64, memory=M.Memory.CACHED),
        optimizers_config=M.OptimizersConfigDiff(indexing_threshold=1, default_segment_number=1),
        quantization_config=M.ScalarQuantization(
            scalar=M.ScalarQuantizationConfig(type=M.ScalarType.INT8, quantile=0.99, always_ram=True)
        ),
        metadata={"fingerprint": "abc"},
        shard_number=1,
    )
    info = await both.edge.get_collection("tuned")
    assert isinstance(info.config.params.vectors, dict)
    assert info.config.params.vectors["a"].hnsw_config == M.HnswConfigDiff(m=8)
    assert info.config.params.vectors["a"].memory == M.Memory.COLD
    assert (info.config.hnsw_config.m, info.config.hnsw_config.ef_construct) == (16, 64)
    assert info.config.optimizer_config.indexing_threshold == 1
    assert isinstance(info.config.quantization_config, M.ScalarQuantization)
    assert info.config.metadata == {"fingerprint": "abc"}
    assert (info.status, info.points_count) == (M.CollectionStatus.GREEN, 0)


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "a\\b", "x" * 256])
async def test_name_that_is_no_file_name_is_refused(both: Both, name: str) -> None:
    """A collection's name cannot leave the folder."""
    with pytest.raises(StoreError, match="cannot be the name"):
        await both.edge.create_collection(name, vectors_config=PLAIN)


async def test_real_client_has_what_we_say_it_has() -> None:
    """The list of methods is the installed client's own."""
    assert {"query_points", "upsert", "create_shard_key"} <= client_methods() <= set(dir(AsyncQdrantClient))
