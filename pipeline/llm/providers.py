"""Which providers can be asked, and which key goes to whom: rules only, no client is made here.

A key from the environment goes to the host that it is named after, over TLS, and to nobody else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.config import LlmConfig, ProviderConfig
from pipeline.errors import ConfigError

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_HOST = "api.openai.com"
KEY_VARIABLES = {OPENAI_HOST: "OPENAI_API_KEY", "openrouter.ai": "OPENROUTER_API_KEY"}
NO_KEY = "no-key"  # the SDK insists on one; a server of one's own does not look at it

# Narrower than any URL parser, so that ours and the client's agree on the host: no user name, no query.
ADDRESS = re.compile(r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, token
HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?|")
KEY = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that can be asked.  `key_hint` says where its key comes from, for error messages."""

    config: ProviderConfig
    base_url: str
    key: str = field(repr=False)
    key_hint: str

    @property
    def is_openai(self) -> bool:
        """Whether OpenAI's own servers are asked, and not only in OpenAI's language."""
        return urlsplit(self.base_url).hostname == OPENAI_HOST


def usable_providers(
    config: LlmConfig, environ: Mapping[str, str]
) -> tuple[tuple[Provider, ...], tuple[str, ...]]:
    """The providers that can be asked, in order, and one notice for each that is left out.

    Raises ConfigError with every address and header that cannot be used.
    """
    problems = [line for i, provider in enumerate(config.providers) for line in _problems(i, provider)]
    if problems:
        raise ConfigError("llm", problems)
    ready: list[Provider] = []
    notices: list[str] = []
    for provider in config.providers:
        found = _with_key(provider, environ)
        if isinstance(found, Provider):
            ready.append(found)
        else:
            notices.append(f"{provider.name}: left out, {found}")
    return tuple(ready), tuple(notices)


def _with_key(config: ProviderConfig, environ: Mapping[str, str]) -> Provider | str:
    """The provider with its key, or why it has none."""
    base_url = OPENAI_URL if config.base_url is None else config.base_url
    variable = KEY_VARIABLES.get(urlsplit(base_url).hostname or "")
    own = config.api_key.get_secret_value().strip() if config.api_key else ""
    key = own or (environ.get(variable, "").strip() if variable else NO_KEY)
    if not key:
        return f"{variable} is not set"
    hint = "its api_key" if own or not variable else variable
    if not KEY.fullmatch(key):
        return f"{hint} holds characters that no key has"
    return Provider(config=config, base_url=base_url, key=key, key_hint=hint)


def _problems(index: int, provider: ProviderConfig) -> Iterator[str]:
    at = f"llm.providers[{index}]"
    if provider.base_url is not None and (wrong := _wrong_address(provider.base_url)):
        yield f"{at}.base_url: {wrong}"
    for name, value in provider.headers.items():
        if not HEADER_NAME.fullmatch(name):
            yield f"{at}.headers: {name!r} cannot be the name of an HTTP header"
        elif not HEADER_VALUE.fullmatch(value):
            yield f"{at}.headers.{name}: holds characters that an HTTP header cannot carry"


def _wrong_address(url: str) -> str:
    """What is wrong with an address, or "".  It is not repeated: it may hold a password."""
    if not ADDRESS.fullmatch(url):
        return "should be http(s)://host/path, without user name, query or blanks"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:  # a bad port, an unclosed bracket
        return f"is not an address: {error}"
    if not host:
        return "has no host"
    if parts.scheme == "http" and host in KEY_VARIABLES:
        return f"should start with https:// to carry a key to {host}"
    return ""
