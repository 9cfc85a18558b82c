"""Who can be asked, and which key goes to whom."""

import pytest
from pydantic import SecretStr

from pipeline.config import LlmConfig, ProviderConfig
from pipeline.errors import ConfigError
from pipeline.llm import open_llm, usable_providers
from tests.fakes.openai_server import OpenAIServer
from tests.pipeline.llm.conftest import MESSAGES, Ask

KEYS = {"OPENAI_API_KEY": "sk-openai", "OPENROUTER_API_KEY": "sk-router"}
OPENROUTER = "https://openrouter.ai/api/v1"


def keys(*providers: ProviderConfig, environ: dict[str, str] = KEYS) -> dict[str, str]:
    usable, _ = usable_providers(LlmConfig(providers=providers), environ)
    return {provider.config.name: provider.key for provider in usable}


def test_the_defaults_take_their_keys_from_the_environment() -> None:
    """OpenAI comes first and OpenRouter second, each with the key that bears its name."""
    usable, notices = usable_providers(LlmConfig(), KEYS)
    assert [(p.config.name, p.key) for p in usable] == [("openai", "sk-openai"), ("openrouter", "sk-router")]
    assert notices == ()


def test_a_provider_without_its_key_is_left_out_and_says_so() -> None:
    """A missing or empty variable leaves the provider out, with a line that names the variable."""
    usable, notices = usable_providers(LlmConfig(), {"OPENAI_API_KEY": " ", "OPENROUTER_API_KEY": "k"})
    assert [p.config.name for p in usable] == ["openrouter"]
    assert notices == ("openai: left out, OPENAI_API_KEY is not set",)


def test_without_any_provider_there_is_no_language_model() -> None:
    """With no key at all nothing is opened, so that the extractive mode can answer."""
    assert open_llm(LlmConfig(), {}) is None


def test_a_key_of_ones_own_wins() -> None:
    """The provider's `api_key` is sent in place of the variable."""
    assert keys(ProviderConfig(api_key=SecretStr("mine\n"))) == {"openai": "mine"}


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:11434/v1",
        "https://llm.example.com/v1",
        "https://api.openai.com.example.com/v1",
        "https://notopenrouter.ai/api/v1",
        "https://example.com/openrouter.ai",
        "http://[::1]:8080/v1",
    ],
)
def test_other_hosts_get_no_key_from_the_environment(url: str) -> None:
    """Any other address works without a key, and the variables are not sent there."""
    assert keys(ProviderConfig(base_url=url)) == {"openai": "no-key"}


def test_a_host_is_known_however_it_is_written() -> None:
    """Port and capitals do not change whose host it is."""
    assert keys(ProviderConfig(base_url="https://API.OpenAI.com:443/v1/")) == {"openai": "sk-openai"}
    assert keys(ProviderConfig(base_url=OPENROUTER)) == {"openai": "sk-router"}


def test_a_key_that_no_header_carries_is_left_out() -> None:
    """A key with a blank or a foreign letter in it is refused without being shown."""
    _, notices = usable_providers(LlmConfig(), {"OPENAI_API_KEY": "sk é", "OPENROUTER_API_KEY": "k"})
    assert notices == ("openai: left out, OPENAI_API_KEY holds characters that no key has",)


def test_a_key_is_not_in_a_provider_s_repr() -> None:
    """A provider in a log line does not show its key."""
    usable, _ = usable_providers(LlmConfig(), KEYS)
    assert "sk-openai" not in repr(usable)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://x/v1",
        "https://",
        "http://h:x/v1",
        "http://u:secret@h/v1",
        "http://h/v1?key=secret",
        "http://a b/v1",
        "https://e.com\\@api.openai.com",
        "http://[::1/v1",
        "http://api.openai.com/v1",
        "http://openrouter.ai/api/v1",
    ],
)
def test_an_address_that_cannot_be_used_is_a_configuration_error(url: str) -> None:
    """It is named by its dotted key, and not repeated, since it may hold a password."""
    with pytest.raises(ConfigError, match=r"llm\.providers\[0\]\.base_url: ") as caught:
        open_llm(LlmConfig(providers=(ProviderConfig(base_url=url),)), KEYS)
    assert "secret" not in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    """Two providers with three faults give three lines."""
    bad = ProviderConfig(base_url="nowhere", headers={"X-Title": "a\r\nb", "x y": "c"})
    with pytest.raises(ConfigError) as caught:
        open_llm(LlmConfig(providers=(ProviderConfig(name="good"), bad)), {})
    assert caught.value.problems == [
        "llm.providers[1].base_url: should be http(s)://host/path, without user name, query or blanks",
        "llm.providers[1].headers.X-Title: holds characters that an HTTP header cannot carry",
        "llm.providers[1].headers: 'x y' cannot be the name of an HTTP header",
    ]


async def test_nothing_of_openai_s_environment_reaches_another_host(
    first: OpenAIServer, model: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the SDK reads from the process's environment is kept from hosts that are not OpenAI's."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "do-not-send")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: do-not-send\nAuthorization: do-not-send")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    stream = await model(headers={"X-Title": "Docs"}).open(MESSAGES)
    await stream.aclose()
    headers = first.requests[0].headers
    assert "do-not-send" not in str(headers)
    assert (headers["authorization"], headers["x-title"]) == ("Bearer no-key", "Docs")
