"""The files of `deploy/` as far as a machine without a container engine can check them."""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from api.app import create_app
from api.serving import LONGEST_STREAM
from pipeline.config import load_config
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import Hang, OpenAIServer

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
COMPOSED = ["one", "many"]


@pytest.mark.parametrize("size", COMPOSED)
def test_the_configurations_are_whole(size: str) -> None:
    """Each loads, and each name of a host in it is a service of its compose file."""
    file = DEPLOY / size / "config.yaml"
    config = load_config(file, environ={"OPENAI_API_KEY": "x"})
    services = YAML(typ="safe").load(DEPLOY / size / "compose.yaml")["services"]
    hosts = re.findall(r"(?:http|redis)://([a-z0-9-]+):\d|@([a-z]+)/", file.read_text())
    assert {a or b for a, b in hosts} <= services.keys()
    assert config.api.trusted_proxies


@pytest.mark.parametrize("size", COMPOSED)
def test_the_compose_files_agree_with_the_api(size: str) -> None:
    """A stop gives answers their time, only Caddy has ports, and every volume and file is there."""
    compose = YAML(typ="safe").load(DEPLOY / size / "compose.yaml")
    services = compose["services"]
    assert int(services["api"]["stop_grace_period"].removesuffix("s")) > LONGEST_STREAM
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        for source in (volume.split(":")[0] for volume in service.get("volumes", ())):
            if source.startswith("."):
                assert (DEPLOY / size / source).is_file()
            elif not source.startswith("$"):
                assert source in compose["volumes"]


def test_the_unit_gives_answers_their_time() -> None:
    """systemd kills later than the API would."""
    unit = (DEPLOY / "fingerpost.service").read_text()
    [seconds] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(seconds) > LONGEST_STREAM


@asynccontextmanager
async def caddy(upstream: str, folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """A real Caddy with our Caddyfile before `upstream`: its address, and the certificate to trust."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "Caddyfile"
    file.write_text(
        "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n"
        f"import {DEPLOY / 'Caddyfile'}\n"
    )
    address = f"https://localhost:{port}"
    environ = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    environ |= {"FINGERPOST_SITE": address, "FINGERPOST_UPSTREAM": upstream.removeprefix("http://")}
    process = await asyncio.create_subprocess_exec(
        "caddy",
        "run",
        "--config",
        file,
        "--adapter",
        "caddyfile",
        env=environ,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async for line in process.stderr:
            if b"serving initial configuration" in line:
                break
        reading = asyncio.create_task(process.stderr.read())  # so that its log never fills the pipe
        yield address, folder / "caddy/pki/authorities/local/root.crt"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    await reading


@pytest.mark.skipif(not (shutil.which("caddy") and shutil.which("curl")), reason="needs caddy and curl")
async def test_an_answer_passes_through_caddy_part_by_part(site: Path, tmp_path: Path) -> None:
    """By TLS and HTTP/2: the first words are there while the model is still silent about the rest."""
    async with OpenAIServer() as model:
        providers = [{"name": "scripted", "base_url": model.base_url}]
        config = config_for(site, llm={"providers": providers}, api={"memory": {"enabled": False}})
        rest = asyncio.Event()
        model.script(Hang("between-tokens", until=rest, after_tokens=3))
        async with serving(create_app(config)) as upstream, caddy(upstream, tmp_path) as (address, trusted):
            curl = await asyncio.create_subprocess_exec(
                "curl", "-sSN", "--http2", "--cacert", trusted, f"{address}/v1/chat", "-w", "HTTP/%{http_version}",
                "--retry", "5", "--retry-all-errors", "-H", "accept: text/event-stream",
                "--json", '{"messages":[{"role":"user","content":"' + QUESTION + '"}]}',
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert curl.stdout is not None
            early = b""
            while b'"text-delta"' not in early:
                early = await asyncio.wait_for(curl.stdout.readuntil(b"\n\n"), 30)
            rest.set()
            late = await asyncio.wait_for(curl.stdout.read(), 30)
            assert await curl.wait() == 0
    assert late.endswith(b"data: [DONE]\n\nHTTP/2")
