"""The AI SDK's own client reads our stream."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from api.app import create_app
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import OpenAIServer, Reply

SDK = Path(__file__).parent / "ai_sdk"
NODE = shutil.which("node")


@pytest.mark.node
@pytest.mark.skipif(
    NODE is None or not (SDK / "node_modules" / "ai").is_dir(),
    reason="needs Node and `npm ci` in tests/api/ai_sdk (make test does it where there is npm)",
)
async def test_the_ai_sdk_gives_the_text_and_the_sources(site: Path) -> None:
    """DefaultChatTransport and readUIMessageStream build the message without an error."""
    async with OpenAIServer() as model:
        model.script(Reply(["Use ", "pip ", "[1]."]))
        config = config_for(site, llm={"providers": [{"name": "scripted", "base_url": model.base_url}]})
        async with serving(create_app(config)) as address:
            process = await asyncio.create_subprocess_exec(
                str(NODE), "read_answer.mjs", f"{address}/v1/chat", QUESTION, cwd=SDK,
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, _ = await process.communicate()
    told = json.loads(out)
    url = "https://docs.example.com/docs/intro#installation"
    parts = told["message"]["parts"]
    assert told["errors"] == []
    assert [p["text"] for p in parts if p["type"] == "text"] == [f"Use pip [1]({url})."]
    assert [p["url"] for p in parts if p["type"] == "source-url"] == [url]
    sources = next(p["data"]["sources"] for p in parts if p["type"] == "data-sources")
    assert sources[0]["url"] == url
    assert next(p["data"]["outcome"] for p in parts if p["type"] == "data-answer") == "answered"
