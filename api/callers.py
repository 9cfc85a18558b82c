"""Who is asking: the client's address behind proxies, its origin, its key; and the owner's own key.

What a caller may use up is counted in `api.limits`; nothing is counted here.
"""

import binascii
import hashlib
import hmac
import os
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request
from starlette.datastructures import Headers

from api.problems import TurnedAway
from pipeline.config import ApiConfig
from pipeline.errors import ConfigError

ADMIN_VARIABLE = "FINGERPOST_ADMIN_KEY"
LEAST_ADMIN_KEY = 16  # characters: more than ten guesses a minute find, see `api.owner.access`
HOUSEHOLD = 64  # bits of an IPv6 address that name one network (RFC 6177): the rest is the client's to choose

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Caller:
    """One who asks.

    `address` is an IPv4 address, the /64 of an IPv6 one, or "" when the server was not told;
    `origin` the browser's page, None for a program; `key` the name of the API key, None without one.
    """

    address: str
    origin: str | None = None
    key: str | None = None


class Callers:
    """Recognizes callers by `api.trusted_proxies`, `api.allowed_origins` and `api.keys`."""

    def __init__(self, config: ApiConfig, environ: Mapping[str, str] = os.environ) -> None:
        """Raises ConfigError when the admin key in `environ` is too short to be one."""
        self._proxies = config.trusted_proxies
        self._origins = frozenset(config.allowed_origins)
        self._keys = {key.sha256: key.name for key in config.keys}
        self._key_required = config.require_key
        secret = config.admin_key.get_secret_value() if config.admin_key else environ.get(ADMIN_VARIABLE, "")
        if 0 < len(secret) < LEAST_ADMIN_KEY:
            raise ConfigError("environment", [f"{ADMIN_VARIABLE}: at least {LEAST_ADMIN_KEY} characters"])
        self._admin = _digest(secret) if secret else None

    def identify(self, headers: Headers, peer: str | None) -> Caller:
        """The caller of a request that came from the address `peer`, None for a Unix socket.

        Raises TurnedAway: `wrong-key`, `key-required`, `origin-not-allowed`.
        """
        key = self._key(headers)
        origin = headers.get("origin")
        if key is None:
            self._check_origin(origin, headers)
        return Caller(self.address(headers, peer), origin, key)

    def address(self, headers: Headers, peer: str | None) -> str:
        """The address to count by, as `client_address` says."""
        forwarded = headers.getlist("x-forwarded-for") if self._proxies else ()
        return client_address(peer, forwarded, self._proxies)

    def _key(self, headers: Headers) -> str | None:
        # Clients made for OpenAI always send some key: without keys of ours it means nothing.
        token = _bearer(headers) if self._keys else None
        if token is None:
            return None
        given, found = _digest(token), None
        for known, name in self._keys.items():  # all of them, so that the time says nothing
            if hmac.compare_digest(given, known):
                found = name
        if found is None:
            raise TurnedAway("wrong-key", "the key in `Authorization` is not one of api.keys")
        return found

    def _check_origin(self, origin: str | None, headers: Headers) -> None:
        """A page of this server, or of a listed site; a program needs a key if keys are required.

        `Sec-Fetch-Site` is set by the browser and closed to pages, and holds behind a proxy that
        changes `Host`; browsers that do not send it are judged by `Host`.
        """
        if origin is None:
            if self._key_required:
                raise TurnedAway("key-required", "programs need a key: send `Authorization: Bearer KEY`")
        elif not (
            origin in self._origins
            or headers.get("sec-fetch-site") == "same-origin"
            or origin.partition("://")[2] == headers.get("host")
            or "*" in self._origins
        ):
            raise TurnedAway("origin-not-allowed", f"{origin[:200]} is not one of api.allowed_origins")

    def check_admin(self, headers: Headers) -> None:
        """Raises TurnedAway: `not-found` when there is no admin key, `wrong-key` for another one.

        The key comes as a bearer token, or as the password that a browser asks its reader for.
        """
        if self._admin is None:
            raise TurnedAway("not-found", f"this is for the owner; set {ADMIN_VARIABLE} to have it")
        given = _bearer(headers) or _password(headers) or ""
        if not hmac.compare_digest(_digest(given), self._admin):
            raise TurnedAway("wrong-key", "this is for the owner: send the admin key")


def client_address(peer: str | None, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The address to count by: the rightmost one that is no trusted proxy's.

    `forwarded` are the lines of X-Forwarded-For.  Each proxy adds on the right whom it was called
    by, so that all to the left of the first stranger may be made up.  A Unix socket, `peer` None,
    has a proxy of this machine behind it.  "" when nobody can be named.
    """
    hop = _parsed(peer or "")
    if hop is not None and not _within(hop, proxies):
        return _counted(hop)
    for text in reversed(",".join(forwarded).split(",")):
        before = _parsed(text.strip())
        if before is None:
            break
        hop = before
        if not _within(hop, proxies):
            break
    return _counted(hop) if hop else peer or ""


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _parsed(text: str) -> Address | None:
    """`192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _counted(address: Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), HOUSEHOLD), strict=False))


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _password(headers: Headers) -> str | None:
    scheme, _, coded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(coded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _digest(secret: str) -> str:
    # Without salt or stretching: keys are long and random, so nothing can be looked up or guessed.
    return hashlib.sha256(secret.encode()).hexdigest()


async def caller_of(request: Request) -> Caller:
    """Dependency: who asks.  Raises TurnedAway as `Callers.identify` does."""
    callers: Callers = request.app.state.callers
    return callers.identify(request.headers, request.client.host if request.client else None)


def client_of(request: Request) -> str:
    """The address that a request is counted by."""
    callers: Callers = request.app.state.callers
    return callers.address(request.headers, request.client.host if request.client else None)
