"""The optional challenge: a reader shows once that he is none of many machines, and gets a pass for a while.

Cloudflare Turnstile and hCaptcha are verified alike: a form with `secret` and `response` is sent, JSON with
`success` comes back.  Without `api.challenge` nothing here is imported by a request or costs it anything.
"""

import hashlib
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, TimestampSigner
from starlette.datastructures import Headers

from api.callers import Caller
from api.exchange import current
from api.problems import TurnedAway
from pipeline.config.callers import ChallengeConfig
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

TOKEN, PASS = "x-fingerpost-challenge", "x-fingerpost-pass"
SECRET_VARIABLE = "FINGERPOST_CHALLENGE_SECRET"  # noqa: S105 -- the name of a variable  # nosec B105
VERIFY = {
    "turnstile": "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "hcaptcha": "https://api.hcaptcha.com/siteverify",
}
PATIENCE = 5.0  # seconds that the provider has to answer
LONGEST_TOKEN = 4096  # characters; Turnstile's have up to 2048


class Challenge:
    """Asks the provider once for each token; afterwards our own signature speaks for the reader."""

    def __init__(self, config: ChallengeConfig, secret: str, client: "httpx.AsyncClient") -> None:
        self._config = config
        self._secret = secret
        self._client = client
        self._address = config.verify_url or VERIFY[config.provider]
        # From the provider's secret, so that all workers and machines know each other's passes.
        self._signer = TimestampSigner(secret, salt="fingerpost.pass", digest_method=hashlib.sha256)

    async def check(self, headers: Headers, caller: Caller) -> None:
        """Lets a caller with a key, a pass or a good token through; a token's response carries a new pass.

        Raises TurnedAway: `challenge-required`, `challenge-unavailable`.
        """
        if caller.key is not None or self._is_pass(headers.get(PASS), caller):
            return
        token = headers.get(TOKEN, "")
        if not token or len(token) > LONGEST_TOKEN:
            raise self._required("solve the challenge, and send its token in `X-Fingerpost-Challenge`")
        if not await self._is_good(token):
            raise self._required("the challenge's token is not good, or was used before; solve it again")
        if (exchange := current.get()) is not None:
            exchange.headers.append((PASS.encode(), self._signer.sign(_name(caller))))

    def _is_pass(self, given: str | None, caller: Caller) -> bool:
        """A pass is its address's alone, so that one solved challenge is not good for a crowd."""
        if given is None:
            return False
        try:
            return self._signer.unsign(given, max_age=self._config.valid_for) == _name(caller)
        except (BadSignature, UnicodeError):
            return False

    async def _is_good(self, token: str) -> bool:
        import httpx

        form = {"secret": self._secret, "response": token, "sitekey": self._config.site_key}
        try:
            response = await self._client.post(self._address, data=form)
            told = response.raise_for_status().json()
            codes = told.get("error-codes") or ()
            good = told["success"] is True
        except (httpx.HTTPError, ValueError, KeyError, AttributeError) as error:
            log.error("%s cannot be asked: %r", self._config.provider, error)
            detail = "the challenge cannot be verified at the moment"
            raise TurnedAway("challenge-unavailable", detail) from None
        if any("secret" in str(code) for code in codes):
            log.error("%s does not know our secret: %s", self._config.provider, ", ".join(map(str, codes)))
        return good

    def _required(self, detail: str) -> TurnedAway:
        shown = {"provider": self._config.provider, "siteKey": self._config.site_key}
        return TurnedAway("challenge-required", detail, more={"challenge": shown})


def _name(caller: Caller) -> bytes:
    return hashlib.sha256(caller.address.encode()).hexdigest()[:32].encode()


@asynccontextmanager
async def open_challenge(
    config: ChallengeConfig | None, environ: Mapping[str, str] = os.environ
) -> AsyncIterator[Challenge | None]:
    """The challenge of `api.challenge` until the block ends, None without one.  Raises ConfigError."""
    if config is None:
        yield None
        return
    secret = config.secret.get_secret_value() if config.secret else environ.get(SECRET_VARIABLE, "")
    if not secret:
        raise ConfigError("api.challenge", [f"its secret is missing: set {SECRET_VARIABLE}"])
    import httpx  # here, so that whoever has no challenge does not load it

    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        yield Challenge(config, secret, client)
