"""config.yaml: everything that is wrong is said at once, with key, value and what is allowed."""

from pathlib import Path

import pytest

from pipeline.config import Config, load_config, parse_config
from pipeline.errors import ConfigError


def parse(text: str, environ: dict[str, str] | None = None) -> Config:
    return parse_config(text, source="config.yaml", base=Path("/site"), environ=environ or {})


def problems(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, environ)
    return caught.value.problems


def test_a_root_is_enough() -> None:
    """Every other key has a default that works without a key or a server."""
    config = parse("site: {root: .}")
    assert config.site.docs[0].path == "docs"
    assert config.embedding.provider == "local"
    assert config.store.path == Path("/site/.fingerpost/index")
    assert config.llm.offline == "extractive"


def test_every_problem_is_reported_at_once() -> None:
    """One run shows all of them, each with its dotted key."""
    found = problems(
        "site: {root: ., docs: [{pat: x}], trailingSlash: maybe}\n"
        "api: {port: 99999, host: '${NOT_SET}'}\nlm: {}\nembedding: {provider: openai, modl: x}\n"
    )
    keys = {line.partition(":")[0] for line in found}
    assert keys == {"site.docs[0].pat", "site.trailingSlash", "api.port", "api.host", "lm", "embedding.modl"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site: {rot: .}", "site.rot: there is no such key; did you mean `root`?"),
        ("{}", "site: is missing"),
        ("site: {root: .}\nstore: {shards: 3}", "store: shards: only with `url`"),
        ("site: {url: example.com}", "site.url: should start with http:// or https:// (got 'example.com')"),
        (
            "site: {}\nllm: {providers: [{name: a}, {name: a}]}",
            "llm.providers: each provider needs a name of its own",
        ),
        ("site: {}\nquery: {retriever: [a, b]}", "query.retriever: should hold one retriever"),
        ("site: [", "line 1: not valid YAML"),
        ("- a", "should be a mapping of sections"),
    ],
)
def test_a_problem_says_what_to_do(text: str, expected: str) -> None:
    """The line names the key, the value and what is allowed."""
    assert any(line.startswith(expected) for line in problems(text))


def test_variables_are_read_from_the_environment() -> None:
    """`${NAME}` must be set, `${NAME:default}` need not."""
    config = parse("site: {url: 'https://${HOST}', title: '${TITLE:My docs}'}", {"HOST": "docs.example.com"})
    assert (config.site.url, config.site.title) == ("https://docs.example.com", "My docs")
    assert problems("site: {title: '${TITLE}'}") == [
        "site.title: the environment has no TITLE; set it, or write ${TITLE:default}"
    ]


def test_a_missing_key_is_no_problem_of_the_configuration() -> None:
    """A provider without its key is left out later; a key is never shown."""
    config = parse("site: {}\nllm: {providers: [{name: a, api_key: '${NO_KEY}'}]}")
    assert config.llm.providers[0].api_key is None
    config = parse("site: {}\nllm: {providers: [{name: a, api_key: '${KEY}'}]}", {"KEY": "sk-secret"})
    assert "sk-secret" not in repr(config)


def test_a_password_in_an_address_is_not_shown() -> None:
    """A wrong database address is reported without it."""
    found = problems("site: {}\napi: {memory: {url: 'mysql://me:s3cret@db/x'}}")
    assert any("api.memory.url" in line for line in found)
    assert "s3cret" not in " ".join(found)


def test_a_component_is_a_name_or_a_class_with_arguments() -> None:
    """Three ways to write one."""
    config = parse(
        "site: {}\nquery: {postprocessors: [reorder, {name: similarity, similarity_cutoff: 0.3}, {class: a.B, c: 1}]}"
    )
    assert [(spec.name, spec.args) for spec in config.query.postprocessors] == [
        ("reorder", {}),
        ("similarity", {"similarity_cutoff": 0.3}),
        ("a.B", {"c": 1}),
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message says how to name another one."""
    with pytest.raises(ConfigError, match="there is no such file; name another one with --config"):
        load_config(tmp_path / "config.yaml")
