"""The chat page at `/` and its files: static, filled once with the site's name."""

import html
import json
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
    """Adds `GET /` and `/static`."""
    values = {
        "site_name": config.site.title or config.site.url.partition("://")[2] or "the documentation",
        "site_url": config.site.url,
        "suggestions": json.dumps(list(config.api.suggestions), ensure_ascii=False),
    }
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    for name, value in values.items():
        page = page.replace("{{" + name + "}}", html.escape(value))

    @app.get("/", include_in_schema=False)
    async def index() -> HTMLResponse:
        return HTMLResponse(page, headers=SECURITY)

    app.mount("/static", StaticFiles(directory=STATIC), name="static")
