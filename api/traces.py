"""OpenTelemetry traces: a span for each request, with its retrieval, embedding, model and answer inside.

Only with `api.traces`; without it neither this middleware nor the library is there.  What the
configuration does not say, OpenTelemetry's own variables do (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME,
OTEL_TRACES_SAMPLER, ...).  No span holds a question, an address or a key.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.exchange import method_of, route_of
from pipeline.config.memory import TracesConfig
from pipeline.errors import ConfigError
from pipeline.spans import tracing

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer as OTelTracer

SERVICE = "fingerpost"


class Traces:
    """Gives the pipeline's spans to OpenTelemetry."""

    def __init__(self, tracer: "OTelTracer") -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, name: str, **about: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(name, attributes=_named(about)):
            yield

    def tell(self, name: str, seconds: float, about: Mapping[str, Any]) -> None:
        """A span that has just ended and took so long."""
        end = time.time_ns()
        span = self._tracer.start_span(name, start_time=end - int(seconds * 1e9), attributes=_named(about))
        span.end(end)

    @contextmanager
    def request(self, scope: Scope) -> Iterator[Any]:
        """The span of a whole request; it goes on with the caller's trace, when there is one."""
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind

        before = extract(dict(Headers(scope=scope)))
        with self._tracer.start_as_current_span(method_of(scope), before, SpanKind.SERVER) as span:
            token = tracing.set(self)
            try:
                yield span
            finally:
                tracing.reset(token)


class TracedRequests:
    """The middleware; `state` holds `traces` from start-up on."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        traces: Traces = self._state.traces
        with traces.request(scope) as span:
            status = 0

            async def sending(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                await send(message)

            try:
                await self._app(scope, receive, sending)
            finally:
                method, route = method_of(scope), route_of(scope)
                span.update_name(f"{method} {route}")
                values: dict[str, str | int] = {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": status,
                    "fingerpost.request_id": scope["state"]["request_id"],
                }
                span.set_attributes(values)


def _named(about: Mapping[str, Any]) -> dict[str, Any]:
    return {f"fingerpost.{name}": value for name, value in about.items() if value is not None}


@asynccontextmanager
async def open_traces(config: TracesConfig | None) -> AsyncIterator[Traces | None]:
    """Traces until the block ends, with all of them sent; None without `api.traces`.

    Raises ConfigError when OpenTelemetry is not installed.
    """
    if config is None:
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        missing = "OpenTelemetry is not installed: pip install 'fingerpost[otel]'"
        raise ConfigError("api.traces", [missing]) from None
    # Not the library's global provider: an application beside us may have its own.
    provider = TracerProvider(
        resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", SERVICE)})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(config.endpoint)))
    try:
        yield Traces(provider.get_tracer(SERVICE))
    finally:
        await asyncio.to_thread(provider.shutdown)  # it sends what is left
