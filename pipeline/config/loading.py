"""Reads config.yaml and reports everything that is wrong with it at once.

`${NAME}` and `${NAME:default}` are read from the environment inside any string.  An unset
variable is a problem, except for an `api_key`: a provider without its key is left out later.
"""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline.config.whole import Config
from pipeline.errors import ConfigError

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}")
PASSWORD = re.compile(r"//[^@/\s]*@")  # in an address such as a database's
SECRET = re.compile(r"key|token|secret|password", re.IGNORECASE)
TAGS = frozenset({"local", "fastembed", "openai", "bool"})


def load_config(path: Path | str, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in the file at `path`.  Raises ConfigError with every problem found."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(str(path), ["there is no such file; name another one with --config FILE"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"cannot be read: {error}"]) from error
    return parse_config(text, source=str(path), base=path.resolve().parent, environ=environ)


def parse_config(text: str, *, source: str, base: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in `text`; paths in it are relative to `base`, `source` names it in errors."""
    try:
        raw = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ConfigError(source, [f"{where}not valid YAML: {error.problem}"]) from error
    except YAMLError as error:
        raise ConfigError(source, [f"not valid YAML: {error}"]) from error
    if raw is not None and not isinstance(raw, dict):
        raise ConfigError(source, ["should be a mapping of sections such as `site:`"])
    problems: list[str] = []
    values = _expanded(raw or {}, "", environ, problems)
    try:
        config = Config.model_validate(values, context={"base": base})
    except ValidationError as error:
        problems += list(_problems(error))
    if problems:
        raise ConfigError(source, problems)
    return config


def _expanded(value: Any, key: str, environ: Mapping[str, str], problems: list[str]) -> Any:
    if isinstance(value, dict):
        return {k: _expanded(v, f"{key}.{k}" if key else str(k), environ, problems) for k, v in value.items()}
    if isinstance(value, list):
        return [_expanded(v, f"{key}[{i}]", environ, problems) for i, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def read(match: re.Match[str]) -> str:
        name, default = match.groups()
        if name in environ:
            return environ[name]
        if default is None and not key.endswith("api_key"):
            problems.append(f"{key}: the environment has no {name}; set it, or write ${{{name}:default}}")
        return default or ""

    expanded = VARIABLE.sub(read, value)
    if key.endswith("api_key"):
        return expanded or None
    return expanded


def _problems(error: ValidationError) -> Iterator[str]:
    """One line for each error: dotted key, value, what is allowed."""
    for item in error.errors(include_url=False):
        parts = [part for part in item["loc"] if part not in TAGS or part == item["loc"][0]]
        key = _dotted(parts)
        if item["type"] == "extra_forbidden":
            yield f"{key}: there is no such key{_hint(parts)}"
        elif item["type"] == "missing":
            yield f"{key}: is missing"
        else:
            message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
            key = item.get("ctx", {}).get("key", key)  # what is wrong between two sections names its own
            secret = SECRET.search(key) or isinstance(item["input"], dict)
            value = "" if secret else f" (got {_shown(item['input'])})"
            yield f"{key}: {message}{value}"


def _dotted(parts: list[int | str]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _shown(value: object) -> str:
    text = PASSWORD.sub("//***@", repr(value))
    return text if len(text) <= 80 else text[:77] + "..."


def _hint(parts: list[int | str]) -> str:
    """The nearest key that does exist beside an unknown one."""
    allowed: type[BaseModel] | None = Config
    for part in parts[:-1]:
        if isinstance(part, int) or allowed is None:
            continue
        field = allowed.model_fields.get(str(part))
        allowed = next(_models(field.annotation), None) if field else None
    names = list(allowed.model_fields) if allowed else []
    near = difflib.get_close_matches(str(parts[-1]), names, n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; allowed are {', '.join(names)}" if names else ""


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models named inside an annotation such as tuple[DocsConfig, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
