"""How long `python -m api` takes until it can answer, and its memory then, over an index of some size."""

import asyncio
import socket
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.indexes import build
from pipeline.config import parse_config
from pipeline.embedding import open_embedding

MB = 1 << 20
WITHIN = 120.0


async def measure(chunks: int = 10_000, rounds: int = 3) -> dict[str, Any]:
    """Seconds from the command to `/readyz` saying 200, and resident MB after the first answer."""
    with TemporaryDirectory(prefix="fingerpost-bench-") as folder:
        root = Path(folder)
        embedding = open_embedding(parse_config("site: {}", source="benchmark", base=root).embedding)
        await build(root, chunks, embedding)
        await embedding.aclose()
        file = root / "config.yaml"
        file.write_text("site: {url: 'https://docs.example.com'}\nllm: {providers: []}\n", encoding="utf-8")
        found = [await _once(file) for _ in range(rounds)]
    return {
        "chunks": chunks,
        "ready_s": round(median(seconds for seconds, _, _ in found), 2),
        "cpu_s": round(median(cpu for _, cpu, _ in found), 2),
        "memory_mb": round(median(memory for _, _, memory in found)),
    }


async def _once(file: Path) -> tuple[float, float, float]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", "--config", str(file), "--port", str(port),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not await _says_200(port, b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"):
            if time.perf_counter() - began > WITHIN or process.returncode is not None:
                raise RuntimeError("the server does not start")
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - began
        seen = psutil.Process(process.pid)
        times = seen.cpu_times()
        body = b'{"query": "How do I start?"}'
        head = (
            b"POST /v1/search HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
        )
        assert await _says_200(port, head + b"content-length: %d\r\n\r\n" % len(body) + body)
        return seconds, times.user + times.system, seen.memory_info().rss / MB
    finally:
        process.terminate()
        await process.wait()


async def _says_200(port: int, request: bytes) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        line = await reader.readline()
        writer.close()
    except OSError:
        return False
    return b" 200 " in line
