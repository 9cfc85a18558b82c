"""The chat page at `/`, the owner's at `/admin`, and their files: static, filled once with the site's name."""

import html
import json
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from pipeline.config import Config

STATIC = Path(__file__).parent / "static"
SECURITY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def install(app: FastAPI, config: Config) -> None:
    """Adds `GET /`, `GET /admin` and `/static`."""
    values = {
        "site_name": config.site.title or config.site.url.partition("://")[2] or "the documentation",
        "site_url": config.site.url,
        "suggestions": json.dumps(list(config.api.suggestions), ensure_ascii=False),
    }
    chat, owner = _filled("index.html", values), _filled("owner.html", values)

    @app.get("/", include_in_schema=False)
    async def index() -> HTMLResponse:
        return HTMLResponse(chat, headers=SECURITY)

    # For everybody: there is nothing in it.  What it shows comes from /v1/insights, for the admin key.
    @app.get("/admin", include_in_schema=False)
    async def admin() -> HTMLResponse:
        return HTMLResponse(owner, headers={**SECURITY, "cache-control": "no-store"})

    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _filled(name: str, values: Mapping[str, str]) -> str:
    page = (STATIC / name).read_text(encoding="utf-8")
    for key, value in values.items():
        page = page.replace("{{" + key + "}}", html.escape(value))
    return page
