"""Whether a provider may be asked now: one that fails rests, and then one question tries it again.

Written by hand: the breakers on PyPI judge calls that return or raise, and let several calls try at once.
A stream is well when its first token comes, may still fail after it, and is nobody's fault when its reader
leaves; and a provider can say for itself how long it wants to be left alone.
"""

import time
from dataclasses import dataclass

from pipeline.errors import ProviderFailed

LONGEST_REST = 600.0  # seconds: even a provider that wants a day is asked again after ten minutes

LASTING = frozenset({"key", "credit", "not-found"})
"""Kinds of failures that the next question would meet as well: the provider rests at once."""
UNBLAMED = frozenset({"request", "forbidden", "empty", "endless", "hurried"})
"""Kinds that may be the question's fault (moderation answers 403, too), so that nobody can talk a provider
into a rest; and what the reader's patience cut short."""


class Health:
    """One provider's.  It rests for `rest` seconds after `after` failures in a row; twice as long each time.

    `last_failure` is the kind of the last one, "" before any.  With a `rest` of 0 it never rests.
    """

    def __init__(self, after: int, rest: float) -> None:
        self._after = after
        self._rest = rest
        self._failures = 0
        self._rests = 0
        self._until = 0.0
        self._asked_off_until = 0.0  # by the provider's own Retry-After
        self._on_trial = False
        self.last_failure = ""

    @property
    def resting(self) -> float:
        """Seconds in which it will not be asked; 0 when it may be."""
        return max(0.0, max(self._until, self._asked_off_until) - time.monotonic())

    @property
    def asked_off(self) -> float | None:
        """Seconds until it wants to be asked again by its own word, when nothing else holds it back."""
        now = time.monotonic()
        return self._asked_off_until - now if self._asked_off_until > now >= self._until else None

    def attempt(self) -> "Attempt | None":
        """Leave to ask it once; None while it rests, or while another question is trying it after a rest."""
        if self.resting or self._on_trial:
            return None
        self._on_trial = self._failures >= self._after
        return Attempt(self, self._on_trial)

    def blame(self, failure: ProviderFailed, *, on_trial: bool) -> None:
        """Takes a failure into account."""
        self.last_failure = failure.kind
        if not self._rest or failure.kind in UNBLAMED:
            return
        now = time.monotonic()
        if failure.retry_after is not None:
            self._asked_off_until = now + min(failure.retry_after, LONGEST_REST)
            return
        if self._until > now or (self._on_trial and not on_trial):
            return  # asked before it began to rest
        lasting = on_trial or failure.kind in LASTING
        self._failures = self._after if lasting else self._failures + 1
        if self._failures >= self._after:
            self._until = now + min(self._rest * 2**self._rests, LONGEST_REST)
            self._rests = min(self._rests + 1, 10)

    def trial_over(self, *, passed: bool) -> None:
        """The question that tried it is through with its trial; one more failure and it rests again."""
        self._on_trial = False
        if passed:
            self._failures = self._after - 1

    def praise(self) -> None:
        """An answer came to its end."""
        self._failures = self._rests = 0


@dataclass(slots=True)
class Attempt:
    """One question to a provider.  Whoever has it says `over` in the end, whatever happened."""

    health: Health
    on_trial: bool

    def began(self) -> None:
        """The first token is there: others may ask again."""
        if self.on_trial:
            self.on_trial = False
            self.health.trial_over(passed=True)

    def over(self, failure: ProviderFailed | None = None, *, whole: bool = False) -> None:
        """It failed, it came to its end (`whole`), or its reader has left."""
        on_trial, self.on_trial = self.on_trial, False
        if failure is not None:
            self.health.blame(failure, on_trial=on_trial)
        elif whole:
            self.health.praise()
        if on_trial:
            self.health.trial_over(passed=False)
