"""What Prometheus reads.  Counters and histograms of one process, or of all workers together.

With PROMETHEUS_MULTIPROC_DIR in the environment, prometheus-client keeps the figures in files there and
`exposition` adds up those of all workers.  Names are explained in the manual (docs/operating.md).
"""

import os
from collections.abc import Callable, Iterable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from pipeline.models import AnswerFinished, Usage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 8, 13, 20, 30, 60)
"""Edges of the histograms: fine where a reader notices, up to the longest answer."""


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._own = _Own()
        counter = partial(Counter, registry=self._registry)
        seconds = partial(Histogram, buckets=SECONDS, registry=self._registry)
        self.answers = counter("fingerpost_answers", "Answers by how they ended", ["outcome", "mode"])
        self.cached = counter("fingerpost_cached_answers", "Answers given before, given again", ["how"])
        self.failures = counter(
            "fingerpost_answer_failures", "Answers that broke off, by error code", ["code"]
        )
        self.retrieval = seconds("fingerpost_retrieval_seconds", "Until sections are found")
        self.first_token = seconds("fingerpost_first_token_seconds", "Until the first words", ["mode"])
        self.total = seconds("fingerpost_answer_seconds", "Until the last words", ["mode"])
        self.tokens = counter(
            "fingerpost_tokens", "Tokens as providers counted them, or guessed", ["model", "kind"]
        )
        self.cost = counter("fingerpost_cost", "Money for answers, where the price is known", ["model"])
        self.provider_errors = counter(
            "fingerpost_provider_errors", "Failures of providers, by kind", ["provider", "kind"]
        )
        self.streams = Gauge(
            "fingerpost_streams", "Answers on their way", multiprocess_mode="livesum", registry=self._registry
        )
        self.requests = counter("fingerpost_requests", "Requests", ["route", "method", "status"])
        self.votes = counter("fingerpost_votes", "Votes of readers", ["thumbs"])
        self.dropped = counter("fingerpost_memory_dropped", "Records that never reached the database")

    def finished(self, answer: AnswerFinished) -> None:
        """Counts an answer that came to its end."""
        self.answers.labels(answer.outcome, answer.mode).inc()
        if answer.cached:
            self.cached.labels(answer.cached).inc()
        timings = answer.timings
        if "retrieval" in timings:
            self.retrieval.observe(timings["retrieval"] / 1000)
        if "first_token" in timings:
            self.first_token.labels(answer.mode).observe(timings["first_token"] / 1000)
        if "total" in timings:
            self.total.labels(answer.mode).observe(timings["total"] / 1000)

    def used(self, model: str, usage: Usage) -> None:
        """Counts what an answer has used, however it ended."""
        for kind, number in (("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens)):
            if number:
                self.tokens.labels(model, kind).inc(number)
        if usage.cost:
            self.cost.labels(model).inc(usage.cost)

    def tell_waiting(self, waiting: Callable[[], int]) -> None:
        """`waiting` gives the number of records that the memory has not written yet."""
        self._own.waiting = waiting

    def tell_resting(self, resting: Callable[[], Iterable[tuple[str, float]]]) -> None:
        """`resting` gives the providers and the seconds for which they are not asked."""
        self._own.resting = resting

    def tell_budget(self, spent: Callable[[], Iterable[tuple[str, str, float]]]) -> None:
        """`spent` gives periods, "spent" or "limit", and money."""
        self._own.budget = spent

    def provider_failed(self, provider: str, kind: str) -> None:
        """Counts a failure of a provider, whatever became of the answer."""
        self.provider_errors.labels(provider, kind).inc()

    def exposition(self, index: Callable[[], tuple[str, int] | None]) -> bytes:
        """The text that Prometheus reads.  `index` gives the served revision and its pages, if any."""
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry = self._registry
        self._own.served = index()
        return generate_latest(registry) + generate_latest(self._own)


class _Own(Collector):
    """What is looked up when it is asked for, and holds for the process that was asked.

    The index is told anew each time, because a revision that is no longer served must vanish.
    """

    served: tuple[str, int] | None = None

    def __init__(self) -> None:
        self.waiting: Callable[[], int] = lambda: 0
        self.resting: Callable[[], Iterable[tuple[str, float]]] = tuple
        self.budget: Callable[[], Iterable[tuple[str, str, float]]] = tuple

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("fingerpost_memory_waiting", "Records not written yet", self.waiting())
        resting = GaugeMetricFamily(
            "fingerpost_provider_resting_seconds", "How long a provider is not asked", labels=["provider"]
        )
        for provider, seconds in self.resting():
            resting.add_metric([provider], seconds)
        yield resting
        yield from self._budget()
        if self.served is not None:
            revision, pages = self.served
            info = GaugeMetricFamily("fingerpost_index_info", "The served index", labels=["revision"])
            info.add_metric([revision], 1)
            yield info
            yield GaugeMetricFamily("fingerpost_index_pages", "Pages in the served index", pages)

    def _budget(self) -> Iterable[Metric]:
        figures = list(self.budget())
        for kind in ("spent", "limit"):
            of_kind = [(period, money) for period, which, money in figures if which == kind]
            metric = GaugeMetricFamily(f"fingerpost_budget_{kind}", "Money for answers", labels=["period"])
            for period, money in of_kind:
                metric.add_metric([period], money)
            if of_kind:
                yield metric
