"""The API holds what its OpenAPI document says: a short run of the program that `make fuzz-api` runs long."""

import asyncio
from pathlib import Path

import pytest

from tests.api.fuzzing import Wanted, fuzz


async def test_made_up_requests_get_what_the_document_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """About a hundred, from a fixed seed: no status of 5xx, and every response as described."""
    code = await asyncio.wait_for(fuzz(tmp_path, Wanted(100, "examples,fuzzing", seed=1)), 120)
    said = capfd.readouterr().out
    assert code == 0, said
    assert "requests were answered: {'200': " in said
