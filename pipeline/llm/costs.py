"""What answers cost: reckoned from tokens and prices, guessed before a model is asked, and kept to a limit.

Who keeps the limit is not known here: a `Meter` is asked before each answer and told after it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil
from typing import Protocol

from pipeline.config import LlmConfig, PriceConfig, ProviderConfig
from pipeline.models import Usage

A_MILLION = 1_000_000
BYTES_A_TOKEN = 3
"""English has 4 to 5 bytes of UTF-8 in a token of today's models, code and most other scripts 3 or a little
more; a guess should rather be high."""
WRAPPING = 8  # tokens around each message

Settle = Callable[[float], None]
"""Called once, with what an answer has cost in the end."""


class Meter(Protocol):
    """Keeps what is spent within limits."""

    async def reserve(self, cost: float) -> Settle:
        """Sets `cost` aside for one answer; it stays spent until somebody settles it.

        Raises BudgetSpent when that is not left.
        """


def cost_of(usage: Usage, price: PriceConfig | None) -> float | None:
    """What `usage` costs: as the provider said, else by `price`; None when neither is known."""
    prompt, completion = usage.prompt_tokens, usage.completion_tokens
    if usage.cost is not None or price is None or prompt is None or completion is None:
        return usage.cost
    return (prompt * price.prompt + completion * price.completion) / A_MILLION


def guessed(
    config: LlmConfig, providers: Sequence[ProviderConfig], messages: Sequence[dict[str, str]]
) -> Usage:
    """The most that an answer to `messages` is likely to use, whoever of `providers` gives it."""
    prompt = sum(ceil(len(m["content"].encode()) / BYTES_A_TOKEN) + WRAPPING for m in messages)
    longest = ceil(config.max_chars / BYTES_A_TOKEN)
    used = [
        Usage(prompt, longest if provider.max_tokens is None else provider.max_tokens)
        for provider in providers
    ]
    priced = [replace(usage, cost=cost_of(usage, p.price)) for usage, p in zip(used, providers, strict=True)]
    return max(priced, key=lambda usage: (usage.cost or 0, usage.completion_tokens or 0))
