"""Two workers under Gunicorn as `deploy/gunicorn.conf.py` runs them, over real TLS, HTTP/2 and HTTP/1.1."""

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.api.owner.test_access import BEARER, OWNER
from tests.conftest import QUESTION
from tests.fakes.openai_server import Hang, OpenAIServer, Reply

ROOT = Path(__file__).parent.parent.parent
BODY = {"messages": [{"role": "user", "content": QUESTION}]}
CURL = shutil.which("curl")

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # one Gunicorn for all of them
    pytest.mark.skipif(sys.platform == "win32", reason="Gunicorn does not run there"),
]


@dataclass
class Gunicorn:
    """A running one: its process, its address and how to trust it."""

    process: asyncio.subprocess.Process
    address: str
    certificate: Path
    log: Path

    def client(self) -> httpx.AsyncClient:
        trust = ssl.create_default_context(cafile=self.certificate)
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(base_url=self.address, verify=trust, timeout=60, limits=limits)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `localhost` that signs itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    line = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*line.split(), *more], check=True, capture_output=True)
    return cert, key


@asynccontextmanager
async def running(site: Path, folder: Path, model: OpenAIServer) -> AsyncIterator[Gunicorn]:
    """Gunicorn with our settings, from the moment when it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    cert, key = certificate(folder)
    config = folder / "config.yaml"
    config.write_text(
        f"""site: {{root: {site}, url: https://docs.example.com}}
store: {{path: {site}/.fingerpost/index}}
llm: {{providers: [{{name: scripted, base_url: "{model.base_url}", model: m, api_key: x}}]}}
api: {{port: {port}, limits: {{per_client: [], streams: 200}}, admin_key: {OWNER}}}
"""
    )
    environ = {**os.environ, "FINGERPOST_CONFIG": str(config), "PYTHONPATH": str(ROOT)}
    environ |= {"FINGERPOST_CERTFILE": str(cert), "FINGERPOST_KEYFILE": str(key)}
    log = folder / "log"
    with log.open("wb") as writing:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("gunicorn"), "-c", ROOT / "deploy/gunicorn.conf.py",
            cwd=folder, env=environ, stdout=writing, stderr=writing,
        )  # fmt: skip
    gunicorn = Gunicorn(process, f"https://localhost:{port}", cert, log)
    try:
        await asyncio.wait_for(_until_said(gunicorn, "ASGI server listening", 2), 100)
        yield gunicorn
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGQUIT)
            await process.wait()


async def _until_said(gunicorn: Gunicorn, words: str, times: int) -> None:
    while gunicorn.log.read_text().count(words) < times:
        assert gunicorn.process.returncode is None, gunicorn.log.read_text()
        await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gunicorn(
    site: Path, model: OpenAIServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gunicorn]:
    async with running(site, tmp_path_factory.mktemp("gunicorn"), model) as started:
        yield started


@pytest.mark.skipif(CURL is None, reason="needs curl")
async def test_http2_gives_an_answer_part_by_part(gunicorn: Gunicorn, model: OpenAIServer) -> None:
    """`curl --http2` has the first words while the model is still silent about the rest."""
    rest = asyncio.Event()
    model.script(Hang("between-tokens", until=rest, after_tokens=3))
    curl = await asyncio.create_subprocess_exec(
        "curl", "-sSN", "--http2", "--cacert", gunicorn.certificate, f"{gunicorn.address}/v1/chat",
        "--json", json.dumps(BODY), "-w", "HTTP/%{http_version}",
        "-H", "accept: text/event-stream", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert curl.stdout is not None
    early = b""
    while b'"text-delta"' not in early:
        early = await asyncio.wait_for(curl.stdout.readuntil(b"\n\n"), 30)
    rest.set()
    late = await asyncio.wait_for(curl.stdout.read(), 30)
    assert b'"type":"finish"' in late
    assert late.endswith(b"data: [DONE]\n\nHTTP/2")
    assert await curl.wait() == 0


async def test_a_hundred_readers_at_once_are_all_answered(gunicorn: Gunicorn, model: OpenAIServer) -> None:
    """By two workers, without an error; their figures are one sum, whichever of them tells it."""

    async def ask(client: httpx.AsyncClient) -> bool:
        response = await client.post("/v1/chat", json=BODY)
        return response.status_code == 200 and response.text.endswith("data: [DONE]\n\n")

    async with gunicorn.client() as client:
        before = await answered(client)
        assert await asyncio.gather(*(ask(client) for _ in range(100))) == [True] * 100
        assert await answered(client) - before == 100


async def answered(client: httpx.AsyncClient) -> float:
    """How many answers all workers have counted."""
    lines = (await client.get("/metrics", headers=BEARER)).text.splitlines()
    found = [line for line in lines if line.startswith("fingerpost_answers_total{") and "answered" in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)


async def test_a_stop_lets_an_answer_end(gunicorn: Gunicorn, model: OpenAIServer) -> None:
    """After SIGTERM the stream that has begun comes whole, and Gunicorn ends with 0.  The last test here."""
    rest = asyncio.Event()
    model.script(Hang("between-tokens", until=rest, after_tokens=3, reply=Reply("One two three four [1].")))
    async with gunicorn.client() as client, client.stream("POST", "/v1/chat", json=BODY) as response:
        parts = response.aiter_text()
        said = ""
        while "text-delta" not in said:
            said += await anext(parts)
        gunicorn.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(_until_said(gunicorn, "Worker shutting down", 1), 30)
        rest.set()
        async for part in parts:
            said += part
    assert said.endswith("data: [DONE]\n\n")
    assert await asyncio.wait_for(gunicorn.process.wait(), 30) == 0
