"""What every part of the configuration shares: strict, frozen, paths relative to the file."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo


class Part(BaseModel):
    """A part of config.yaml: unknown keys are errors, nothing can be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=False)


def _below_the_file(value: Path, info: ValidationInfo) -> Path:
    base: Path = (info.context or {}).get("base", Path.cwd())
    return (base / value.expanduser()).resolve()


ConfigPath = Annotated[Path, AfterValidator(_below_the_file)]
"""A path; written relative to config.yaml, read as absolute."""
