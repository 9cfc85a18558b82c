"""The configured providers, and who of them is asked when.

A provider that fails before its first token is
left for the next one; only when all have failed are they asked again, if the reader's patience allows it.
"""

import asyncio
import math
import os
import random
from collections.abc import Callable, Mapping

from pipeline.config import LlmConfig
from pipeline.errors import ProviderFailed, ProvidersExhausted
from pipeline.llm.costs import Meter, guessed
from pipeline.llm.endpoint import RESTING, Endpoint, ProviderState
from pipeline.llm.health import Health
from pipeline.llm.providers import Provider, usable_providers
from pipeline.llm.stream import ModelStream
from pipeline.models import Usage
from pipeline.spans import span

PASSING = frozenset({"connect", "connection", "dns", "server", "rate-limit", "reported", "garbage"})
"""Kinds of failures that may be over in a moment, so that asking again is worth it."""
BACKOFF = 0.25  # seconds before the second try; twice as long before each further one
JITTER = 0.25  # seconds at most, so that those who failed together do not come back together


def open_llm(config: LlmConfig, environ: Mapping[str, str] = os.environ) -> "LanguageModel | None":
    """The language model that `config` describes; None when no provider has its key.

    No connection is made yet.  Raises ConfigError for an address or a header that cannot be used.
    """
    providers, notices = usable_providers(config, environ)
    if not providers:
        return None
    return LanguageModel(config, providers, notices)


class LanguageModel:
    """Writes answers, by whichever provider is the first to begin.

    `providers` are those that can be asked, in order; `notices` has one line for each that is left out.
    A `meter`, when it has one, is asked before each answer whether there is money for it.  It lives as
    long as the application, in one event loop; `aclose()` ends its connections.
    """

    def __init__(
        self, config: LlmConfig, providers: tuple[Provider, ...], notices: tuple[str, ...] = ()
    ) -> None:
        self.notices = notices
        self.meter: Meter | None = None
        self._config = config
        self._settings = tuple(provider.config for provider in providers)
        self._patience = max(config.patience, *(provider.config.timeout for provider in providers))
        self._endpoints = tuple(
            Endpoint(provider, Health(config.rest_after, config.rest), config.max_chars)
            for provider in providers
        )

    @property
    def providers(self) -> tuple[ProviderState, ...]:
        """The providers in their order, and how each of them is now."""
        return tuple(endpoint.state for endpoint in self._endpoints)

    def on_failure(self, told: Callable[[str, str], None]) -> None:
        """From now on `told` is called with the provider's name and the kind of each failure."""
        for endpoint in self._endpoints:
            endpoint.told = told

    async def open(self, messages: list[dict[str, str]]) -> ModelStream:
        """The stream of an answer to `messages` (`role`, `content`), once its first token is there.

        Raises ProvidersExhausted, with one line for each provider, when none gives one, and BudgetSpent
        when `meter` forbids to ask.
        """
        guess = guessed(self._config, self._settings, messages)
        if self.meter is None:
            return await self._first_of_all(messages, guess)
        settle = await self.meter.reserve(guess.cost or 0)
        try:
            stream = await self._first_of_all(messages, guess)
        except ProvidersExhausted:
            settle(0)
            raise  # of a reader who leaves nobody knows what it will cost, and the guess stays spent
        stream.on_end.append(lambda: settle(stream.used.cost or 0))
        return stream

    async def _first_of_all(self, messages: list[dict[str, str]], guess: Usage) -> ModelStream:
        now = asyncio.get_running_loop().time
        deadline = now() + self._patience
        failures: dict[str, str] = {}
        tries = dict.fromkeys(self._endpoints, 0)
        due = dict.fromkeys(self._endpoints, now())  # those that are worth asking, and when
        while due:
            for endpoint in [endpoint for endpoint, moment in due.items() if moment <= now()]:
                try:
                    with span("model", provider=endpoint.name):
                        return await endpoint.open(messages, deadline, guess)
                except ProviderFailed as error:
                    failures[endpoint.name] = str(error)
                    tries[endpoint] += error.kind != RESTING
                    wait = _worth_a_wait(error, tries[endpoint])
                    due[endpoint] = now() + wait if tries[endpoint] <= self._config.retries else math.inf
            due = {endpoint: moment for endpoint, moment in due.items() if moment < deadline}
            if due:
                await asyncio.sleep(min(due.values()) - now())
        raise ProvidersExhausted(list(failures.values()))

    async def aclose(self) -> None:
        """Closes every client; streams that are still open break off."""
        for endpoint in self._endpoints:
            await endpoint.aclose()


def _worth_a_wait(error: ProviderFailed, tries: int) -> float:
    """The seconds after which asking again may help; infinite when it would not."""
    jitter = random.uniform(0, JITTER)  # noqa: S311 no secret  # nosec B311
    if error.retry_after is not None:
        return error.retry_after + jitter
    return BACKOFF * 2 ** (tries - 1) + jitter if error.kind in PASSING else math.inf
