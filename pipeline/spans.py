"""Where time goes, for whoever wants to know: named spans that an entrance may listen to.

`api.traces` gives them to OpenTelemetry.  Without a listener a span costs one look at a context variable.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Any, Protocol


class Tracer(Protocol):
    """Takes spans."""

    def span(self, name: str, **about: str) -> AbstractContextManager[Any]:
        """Begins where the block begins and ends where it ends; an exception that leaves it is noted."""

    def tell(self, name: str, seconds: float, about: Mapping[str, Any]) -> None:
        """A span that has just ended and took so long; what is None in `about` is left out."""


tracing: ContextVar[Tracer | None] = ContextVar("tracing", default=None)
"""Who takes the spans of the request that is served, None outside of one or when nobody does."""
NOBODY: AbstractContextManager[Any] = nullcontext()


def span(name: str, **about: str) -> AbstractContextManager[Any]:
    """A span around the block, inside the span that is open there."""
    tracer = tracing.get()
    return NOBODY if tracer is None else tracer.span(name, **about)
