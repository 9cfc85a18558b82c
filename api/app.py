"""`create_app(config)`: the ASGI application.  Nothing is opened until it starts.

A process manager that wants a factory without arguments takes `from_environment`.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import page, problems
from api.bodies import BodyLimit
from api.routes import router
from pipeline.bootstrap import open_pipeline
from pipeline.config import Config, load_config

CONFIG_VARIABLE = "FINGERPOST_CONFIG"


def from_environment() -> FastAPI:
    """The application for the file that FINGERPOST_CONFIG names (default: config.yaml)."""
    return create_app(load_config(os.environ.get(CONFIG_VARIABLE, "config.yaml")))


def create_app(config: Config) -> FastAPI:
    """The application.  Its pipeline lives from start-up to shut-down as `app.state.pipeline`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_pipeline(config, follow=True) as pipeline:
            app.state.pipeline = pipeline
            yield

    app = FastAPI(
        title="Fingerpost",
        summary="Answers from a documentation site's own pages, with links to the very sections.",
        lifespan=lifespan,
    )
    problems.install(app)
    app.include_router(router)
    page.install(app, config)
    app.add_middleware(BodyLimit)
    if config.api.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(config.api.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["content-type", "accept"],
            expose_headers=["x-vercel-ai-ui-message-stream", "retry-after"],
        )
    return app
