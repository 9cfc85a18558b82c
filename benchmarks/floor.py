"""The floor: about the least that one streamed answer costs on this stack, with nothing checked, counted or kept.

One embedding over HTTP, one hybrid call of the engine, one streamed completion, read as raw bytes through
the OpenAI SDK on aiohttp, written as server-sent events by FastAPI and Uvicorn.  It cites nothing, limits
nobody and logs nothing: no product, but a mark that ratios can be taken against on any machine.

    OPENAI_BASE_URL=http://127.0.0.1:9000/v1 python -m benchmarks.floor PORT
"""

import os
import sys
from collections.abc import AsyncIterator
from tempfile import mkdtemp
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI, DefaultAioHttpClient, OpenAI
from qdrant_edge import (
    Bm25,
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    Fusion,
    Modifier,
    Point,
    Prefetch,
    Query,
    QueryRequest,
    UpdateOperation,
)

from benchmarks.corpora import sections

MODEL, SIZE, AT_ONCE = "text-embedding-3-small", 1536, 64
END = b'data: {"type":"data-answer","data":{"outcome":"answered"}}\n\ndata: [DONE]\n\n'


def build(words: Bm25) -> EdgeShard:
    """The manual's sections in the engine, embedded by the stand-in."""
    client = OpenAI(api_key="none")
    config = EdgeConfig(
        vectors={"dense": EdgeVectorParams(size=SIZE, distance=Distance.Cosine)},
        sparse_vectors={"sparse": EdgeSparseVectorParams(modifier=Modifier.Idf)},
    )
    shard = EdgeShard.create(mkdtemp(prefix="fingerpost-floor-"), config)
    texts = sections()
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        found = client.embeddings.create(model=MODEL, input=some).data
        points = [
            Point(
                id=start + i,
                vector={"dense": one.embedding, "sparse": words.embed_document(text)},
                payload={"text": text},
            )
            for i, (text, one) in enumerate(zip(some, found, strict=True))
        ]
        shard.update(UpdateOperation.upsert_points(points))
    shard.optimize()
    return shard


def app() -> FastAPI:
    """The application; it builds its index first."""
    words = Bm25()
    shard = build(words)
    model = AsyncOpenAI(api_key="none", http_client=DefaultAioHttpClient())
    api = FastAPI()

    @api.post("/v1/chat")
    async def chat(request: Request) -> StreamingResponse:
        question = (await request.json())["messages"][-1]["parts"][0]["text"]
        vector = (await model.embeddings.create(model=MODEL, input=question)).data[0].embedding
        sides: list[tuple[Any, str]] = [(vector, "dense"), (words.embed_query(question), "sparse")]
        prefetch = [Prefetch(query=Query.Nearest(one, using=name), limit=60) for one, name in sides]
        fused: Any = Fusion.Rrf(60)
        hits = shard.query(QueryRequest(limit=6, with_payload=True, query=fused, prefetches=prefetch))
        context = "\n\n".join((hit.payload or {})["text"] for hit in hits)
        messages = [{"role": "system", "content": context}, {"role": "user", "content": question}]
        return StreamingResponse(spoken(model, messages), media_type="text/event-stream")

    return api


async def spoken(model: AsyncOpenAI, messages: list[Any]) -> AsyncIterator[bytes]:
    """The model's tokens, each as one event."""
    opened = model.chat.completions.with_streaming_response.create(
        model="stand-in", messages=messages, stream=True
    )
    async with opened as response:
        async for line in response.iter_lines():
            if line.startswith("data: {"):
                choices = orjson.loads(line[6:])["choices"]
                if choices and (token := choices[0]["delta"].get("content")):
                    yield b'data: {"type":"text-delta","delta":' + orjson.dumps(token) + b"}\n\n"
    yield END


if __name__ == "__main__":
    os.environ.setdefault("OPENAI_BASE_URL", "http://127.0.0.1:9000/v1")
    uvicorn.run(app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", backlog=4096)
