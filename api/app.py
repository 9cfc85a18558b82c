"""`create_app(config)`: the ASGI application.  Nothing is opened until it starts.

A process manager that wants a factory without arguments takes `from_environment`.
"""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import logs, page, problems
from api.bodies import BodyLimit
from api.callers import Callers
from api.challenge import PASS, TOKEN, open_challenge
from api.exchange import Exchanges
from api.feedback import router as feedback_router
from api.heads import Heads
from api.limits import open_budget, open_limits
from api.mcp_wire.routes import HEADERS as MCP_HEADERS
from api.mcp_wire.routes import open_mcp
from api.mcp_wire.routes import router as mcp_router
from api.metrics import Metrics
from api.observing import watched
from api.openai_wire.errors import OpenAIErrors
from api.openai_wire.routes import router as openai_router
from api.owner.access import Guesses
from api.owner.figures import router as figures_router
from api.owner.insights import router as insights_router
from api.routes import router
from api.traces import TracedRequests, open_traces
from pipeline.bootstrap import open_pipeline
from pipeline.config import Config, load_config

CONFIG_VARIABLE = "FINGERPOST_CONFIG"


def from_environment() -> FastAPI:
    """The application for the file that FINGERPOST_CONFIG names (default: config.yaml), with its log."""
    config = load_config(os.environ.get(CONFIG_VARIABLE, "config.yaml"))
    logs.install(config.api.log)
    return create_app(config, own_process=True)


def create_app(config: Config, *, own_process: bool = False) -> FastAPI:
    """The application.  Its pipeline lives from start-up to shut-down as `app.state.pipeline`.

    `own_process` says that this process is there for it alone.
    """

    app = FastAPI(
        title="Fingerpost",
        summary="Answers from a documentation site's own pages, with links to the very sections.",
        lifespan=partial(opened, config=config, own_process=own_process),
    )
    app.state.callers = Callers(config.api)
    app.state.guesses = Guesses()
    app.state.metrics = Metrics()
    problems.install(app)
    for routes in (router, openai_router, mcp_router, feedback_router, figures_router, insights_router):
        app.include_router(routes)
    page.install(app, config)
    app.add_middleware(BodyLimit)
    app.add_middleware(OpenAIErrors)
    if config.api.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(config.api.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["content-type", "accept", TOKEN, PASS, *MCP_HEADERS],
            expose_headers=["x-vercel-ai-ui-message-stream", "retry-after", "x-request-id", PASS],
        )
    app.add_middleware(Heads)
    if config.api.traces is not None:
        app.add_middleware(TracedRequests, state=app.state)
    app.add_middleware(Exchanges, metrics=app.state.metrics, callers=app.state.callers)
    return app


@asynccontextmanager
async def opened(app: FastAPI, config: Config, *, own_process: bool) -> AsyncIterator[None]:
    """All that lives as long as the application, as `app.state`, until the block ends.  Raises FingerpostError."""
    async with (
        open_pipeline(config, follow=True) as bare,
        watched(bare, app.state.metrics) as (pipeline, app.state.memory),
        open_limits(config.api.limits) as limits,
        open_traces(config.api.traces) as app.state.traces,
        open_challenge(config.api.challenge) as app.state.challenge,
        open_budget(config.api) as budget,
    ):
        app.state.pipeline, app.state.limits, app.state.budget = pipeline, limits, budget
        if budget is not None and pipeline.llm is not None:
            pipeline.llm.meter = budget
            app.state.metrics.tell_budget(budget.figures)
        async with open_mcp(pipeline) as app.state.mcp:
            if own_process:
                _keep_what_stays()
            yield


def _keep_what_stays() -> None:
    """Takes all that is loaded out of the garbage collector's rounds: it lives as long as the process.

    A full round over some 300,000 objects stops every stream for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
