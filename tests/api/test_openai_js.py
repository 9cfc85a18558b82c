"""OpenAI's own JavaScript SDK reads our answers."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from api.app import create_app
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import OpenAIServer, Reply

SDK = Path(__file__).parent / "openai_sdk"
NODE = shutil.which("node")


@pytest.mark.node
@pytest.mark.skipif(
    NODE is None or not (SDK / "node_modules" / "openai").is_dir(),
    reason="needs Node and `npm ci` in tests/api/openai_sdk",
)
async def test_the_javascript_sdk_reads_text_sources_usage_and_errors(site: Path) -> None:
    """Streamed, by its helper and whole, the text is one; an error has our code."""
    async with OpenAIServer() as model:
        model.script(*[Reply(["Use ", "pip ", "[1]."])] * 3)  # streamed, by the helper, whole
        config = config_for(site, llm={"providers": [{"name": "scripted", "base_url": model.base_url}]})
        async with serving(create_app(config)) as address:
            process = await asyncio.create_subprocess_exec(
                str(NODE), "read_answer.mjs", f"{address}/v1", QUESTION, cwd=SDK,
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, _ = await process.communicate()
    told = json.loads(out)
    url = "https://docs.example.com/docs/intro#installation"
    streamed, whole = told["stream"], told["whole"]
    assert streamed["text"] == told["folded"] == whole["choices"][0]["message"]["content"]
    assert streamed["text"] == f"Use pip [1]({url})."
    assert (streamed["roles"], streamed["reasons"]) == (["assistant"], ["stop"])
    assert streamed["about"] == whole["fingerpost"]
    assert (streamed["about"]["outcome"], streamed["about"]["sources"][0]["url"]) == ("answered", url)
    assert streamed["usage"] == whole["usage"]
    assert told["models"] == ["fingerpost"]
    assert told["refused"] == {"status": 400, "code": "unknown-version", "kind": "BadRequestError"}
