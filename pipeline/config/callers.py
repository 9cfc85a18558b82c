"""Who may ask, and how much: the parts of `api:` that only a server open to strangers needs."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from pipeline.config.base import Part


def _origin(value: str) -> str:
    origin = value.rstrip("/").lower()
    if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s]+", origin):
        raise ValueError("should be an origin such as https://docs.example.com, without a path")
    return origin


Origin = Annotated[str, AfterValidator(_origin)]
"""The origin of a page as browsers send it, or `*` for all."""


class LimitsConfig(Part):
    """`api.limits`: how much may be asked.  A limit is written `20/minute` or `5 per 10 minutes`."""

    per_client: tuple[str, ...] = ("20/minute", "300/day")
    per_key: tuple[str, ...] = Field(default=("120/minute",), description="for those with one of `api.keys`")
    per_origin: tuple[str, ...] = Field(default=(), description="for the pages of one site together")
    total: tuple[str, ...] = Field(default=(), description="for everybody together")
    tokens: tuple[str, ...] = Field(default=(), description="of prompts and answers, for each address or key")
    streams: int = Field(default=100, ge=1, description="answers written at a time, by one process")
    queue: int = Field(default=50, ge=0, description="how many more may wait for their turn")
    queue_wait: float = Field(default=2, ge=0, description="seconds")
    stream_timeout: float = Field(
        default=300, gt=0, description="seconds in which a client must take an answer"
    )
    storage: str = Field(
        default="memory",
        pattern=r"^(memory$|rediss?://.)",
        description="where requests are counted: in this process, or in a Redis for several",
    )

    @field_validator("per_client", "per_key", "per_origin", "total", "tokens")
    @classmethod
    def _are_rates(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from limits import parse  # here, because most configurations keep the defaults

        for rate in value:
            try:
                parse(rate)
            except ValueError:
                raise ValueError(f"{rate!r} is no limit; write 20/minute or 5 per 10 minutes") from None
        return value

    @field_validator("storage")
    @classmethod
    def _has_a_port(cls, value: str) -> str:
        try:
            urlsplit(value).port  # noqa: B018 -- it is read when it is asked for, and raises then
        except ValueError as error:
            raise ValueError(f"is no address: {error}") from None
        return value


class BudgetConfig(Part):
    """`api.budget`: the most that answers may cost, in the currency of the prices, by days and months of UTC."""

    daily: float | None = Field(default=None, gt=0, le=1_000_000)
    monthly: float | None = Field(default=None, gt=0, le=1_000_000)

    @model_validator(mode="after")
    def _one_is_there(self) -> "BudgetConfig":
        if self.daily is None and self.monthly is None:
            raise ValueError("should have daily, monthly or both")
        return self


class ChallengeConfig(Part):
    """`api.challenge`: what readers without a key solve once before they ask."""

    provider: Literal["turnstile", "hcaptcha"]
    site_key: str = Field(min_length=1, max_length=200)
    secret: SecretStr | None = Field(default=None, description="default: FINGERPOST_CHALLENGE_SECRET")
    valid_for: int = Field(default=3600, ge=60, le=86400, description="seconds that a pass holds")
    verify_url: str | None = Field(
        default=None, pattern=r"^https?://.", description="another address to verify at"
    )


class KeyConfig(Part):
    """`api.keys`: a key for a program; only its hash is kept."""

    name: str = Field(min_length=1, max_length=100)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the key, in small hexadecimal letters")
