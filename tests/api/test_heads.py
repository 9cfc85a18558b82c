"""HEAD: what a link checker or a monitor asks."""

from pathlib import Path

import httpx
import pytest

from api.app import create_app
from tests.conftest import config_for, serving


async def test_head_is_get_without_its_body(site: Path) -> None:
    """The same status and headers on every page, on what is not there and on what is refused."""
    app = create_app(config_for(site, api={"memory": {"enabled": False}}))
    async with serving(app) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        for path in (
            "/",
            "/docs",
            "/healthz",
            "/readyz",
            "/v1/models",
            "/static/chat.js",
            "/nowhere",
            "/v1/chat",
        ):
            got, head = await client.get(path), await client.head(path)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            names = ("content-type", "content-length", "content-security-policy", "etag")
            for name in names:
                assert head.headers.get(name) == got.headers.get(name), (path, name)
        assert (await client.head("/")).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/v1/models"])
async def test_the_document_names_no_head(site: Path, path: str) -> None:
    """Each route is described once."""
    assert set(create_app(config_for(site)).openapi()["paths"][path]) == {"get"}
