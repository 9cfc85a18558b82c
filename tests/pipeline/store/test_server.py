"""What a Qdrant server is asked for.  A recorder stands in for it, as no server can be had here: it shows the
requests, not what a cluster makes of them.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline.config import Config
from pipeline.errors import ConfigError, StoreError
from pipeline.store import create_collection, open_store
from pipeline.store.generation import Generation
from pipeline.store.server import connect
from tests.conftest import config_for, serving

# The client asks for the server's version in a thread of its own, which may find a test's server gone.
pytestmark = pytest.mark.filterwarnings("ignore:Failed to obtain server version")


class Recorder:
    """Says yes to everything and remembers it; a collection is being indexed when it is looked at first."""

    def __init__(self, statuses: tuple[str, ...] = ("green",)) -> None:
        self.asked: list[tuple[str, str, Any, dict[str, str]]] = []
        self._statuses = list(statuses)

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        sent = json.loads(body) if body else None
        self.asked.append((request.method, request.url.path, sent, dict(request.headers)))
        if request.url.path == "/":  # the client looks whether the two go together
            return JSONResponse({"title": "qdrant", "version": "1.20.0"})
        return JSONResponse({"result": self._result(request), "status": "ok", "time": 0.0})

    def _result(self, request: Request) -> Any:
        if request.url.path.endswith("/index"):
            return {"operation_id": 1, "status": "completed"}
        if request.method != "GET":
            return True
        if request.url.path == "/aliases":
            return {"aliases": []}
        if request.url.path == "/collections":
            return {"collections": []}
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        return {
            "status": status, "optimizer_status": "ok", "segments_count": 1, "payload_schema": {},
            "config": {
                "params": {}, "hnsw_config": {"m": 1, "ef_construct": 4, "full_scan_threshold": 10},
                "optimizer_config": {"deleted_threshold": 0, "vacuum_min_vector_number": 1, "default_segment_number": 0, "flush_interval_sec": 5},
            },
        }  # fmt: skip

    def of(self, method: str, path: str) -> list[Any]:
        """The bodies of these requests."""
        return [sent for m, p, sent, _ in self.asked if (m, p) == (method, path)]


@asynccontextmanager
async def recorded(statuses: tuple[str, ...] = ("green",)) -> AsyncIterator[tuple[str, Recorder]]:
    recorder = Recorder(statuses)
    methods = ["GET", "PUT", "POST", "PATCH", "DELETE"]

    async def endpoint(request: Request) -> Response:
        return await recorder(request)

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=methods)])
    async with serving(app) as url:
        yield url, recorder


def configured(url: str, **store: Any) -> Config:
    return config_for(Path("/"), store={"url": url, **store})


async def created(**store: Any) -> dict[str, Any]:
    """What the server is asked for when a collection is made."""
    async with recorded() as (url, recorder):
        config = configured(url, **store)
        client = connect(config.store, {})
        await create_collection(Generation("g", client, "g"), 384, config.store)
        await client.close()
    asked: dict[str, Any] = recorder.of("PUT", "/collections/g")[0]
    return {key: value for key, value in asked.items() if value is not None}


async def test_by_default_everything_is_as_the_server_has_it() -> None:
    """Nothing is asked for but the vectors."""
    asked = await created()
    assert set(asked) == {"vectors", "sparse_vectors"}
    assert {k: v for k, v in asked["vectors"]["dense"].items() if v is not None} == {
        "size": 384,
        "distance": "Cosine",
    }
    assert asked["sparse_vectors"]["sparse"]["modifier"] == "idf"


async def test_a_cluster_gets_what_the_configuration_says() -> None:
    """Shards, replicas, what is compressed, what lies on disk, and the graph."""
    asked = await created(
        shards=6, replicas=2, write_consistency=2, quantization="scalar", vectors_on_disk=True,
        payload_on_disk=True, hnsw={"m": 32, "ef_construct": 200, "on_disk": False},
    )  # fmt: skip
    assert (asked["shard_number"], asked["replication_factor"], asked["write_consistency_factor"]) == (
        6,
        2,
        2,
    )
    assert asked["quantization_config"]["scalar"]["type"] == "int8"
    assert asked["quantization_config"]["scalar"]["always_ram"] is True
    assert asked["on_disk_payload"] is True
    assert asked["vectors"]["dense"]["on_disk"] is True
    assert asked["sparse_vectors"]["sparse"]["index"]["on_disk"] is True
    hnsw = {key: value for key, value in asked["hnsw_config"].items() if value is not None}
    assert hnsw == {"m": 32, "ef_construct": 200, "on_disk": False}


@pytest.mark.parametrize("kind", ["scalar", "product", "binary"])
async def test_every_quantization_is_one_of_qdrants(kind: str) -> None:
    """Under its own name."""
    assert list((await created(quantization=kind))["quantization_config"]) == [kind]


async def test_an_index_is_served_when_the_server_has_built_it() -> None:
    """The alias is switched after the last look that says yellow; without `optimize` nobody looks."""
    async with recorded(("yellow", "yellow", "green")) as (url, recorder):
        store = open_store(configured(url).store, {})
        async with store.writer() as writer:
            generation = Generation(
                "fingerpost-20260101T000000-aaaaaa", connect(configured(url).store, {}), "c"
            )
            await writer.commit(generation, optimize=False)
            assert not recorder.of("GET", "/collections/c")
            await writer.commit(generation, optimize=True)
            await generation.client.close()
        await store.aclose()
    told = [
        path for method, path, _, _ in recorder.asked if path in ("/collections/c", "/collections/aliases")
    ]
    last_look = len(told) - 1 - told[::-1].index("/collections/c")
    assert told.count("/collections/c") == 3
    assert told[last_look + 1 :] == ["/collections/aliases"]


@pytest.mark.filterwarnings(
    "ignore:Api key is used with an insecure connection"
)  # of this machine with itself
async def test_the_key_goes_along() -> None:
    """From QDRANT_API_KEY."""
    async with recorded() as (url, recorder):
        client = connect(configured(url).store, {"QDRANT_API_KEY": "secret"})
        await client.get_collections()
        await client.close()
    assert recorder.asked[-1][3]["api-key"] == "secret"


async def test_grpc_has_a_port_of_its_own_and_its_errors_are_ours() -> None:
    """A server that is not there is a StoreError by either way."""
    async with recorded() as (url, recorder):
        client = connect(configured(url, grpc=True, grpc_port=2).store, {})
        with pytest.raises(StoreError, match="did not do `get_collections`"):
            await client.get_collections()
        await client.close()
    assert not recorder.of("GET", "/collections")


@pytest.mark.parametrize("key", ["grpc", "hnsw", "vectors_on_disk", "payload_on_disk", "write_consistency"])
def test_a_servers_keys_need_a_server(key: str) -> None:
    """The embedded store has none of them, and says so."""
    with pytest.raises(ConfigError, match=f"{key}: only with `url`"):
        config_for(
            Path("/"), store={key: {"m": 8} if key == "hnsw" else 1 if key == "write_consistency" else True}
        )
