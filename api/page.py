"""The chat page at `/`, the owner's at `/admin`, their files, and `/embed.js`: all static.

The pages are written by hand and need no build, so that a server without Node.js has them.  The script for
other sites is the theme's chat, bundled by `make embed`: it is there when it was built.
"""

import html
import json
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from api.problems import problem
from pipeline.config import Config

STATIC = Path(__file__).parent / "static"
EMBED = "embed.js"
SECURITY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
EMBED_HEADERS = {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "public, max-age=3600",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    # Pages that isolate themselves take scripts of other origins only when these say so.
    "cross-origin-resource-policy": "cross-origin",
}


def install(app: FastAPI, config: Config) -> None:
    """Adds `GET /`, `GET /admin`, `GET /embed.js` and `/static`."""
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

    files = StaticFiles(directory=STATIC)

    @app.get(f"/{EMBED}", include_in_schema=False)
    async def embed(request: Request) -> Response:
        return await _embed(files, request)

    app.mount("/static", files, name="static")


async def _embed(files: StaticFiles, request: Request) -> Response:
    """The chat for any page; compressed by the build, because it is a hundred times any answer."""
    if not (STATIC / EMBED).exists():
        return problem("not-found", "this server was installed without the embed: build it with `make embed`")
    packed = "gzip" in request.headers.get("accept-encoding", "")
    response = await files.get_response(EMBED + ".gz" if packed else EMBED, request.scope)
    response.headers.update({**EMBED_HEADERS, **({"content-encoding": "gzip"} if packed else {})})
    return response


def _filled(name: str, values: Mapping[str, str]) -> str:
    page = (STATIC / name).read_text(encoding="utf-8")
    for key, value in values.items():
        page = page.replace("{{" + key + "}}", html.escape(value))
    return page
