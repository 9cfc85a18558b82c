"""Reads a site's configuration: with Node where that works, else what stands literally in the file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ingest.site_config.finding import require_config
from ingest.site_config.literal import NotLiteralError, read_literally
from ingest.site_config.options import SiteOptions, site_options
from ingest.site_config.running import TIME_LIMIT, Loaded, NodeFailureError, load_with_node
from pipeline.errors import SiteError


@dataclass(frozen=True, slots=True)
class SiteReading:
    """A configuration, read.

    `values` is the `site:` section without `root`; `way` how `file` was read; `files` what took part;
    `notes` what a person should know, `unseen` the options that are in the file and not in `values`.
    """

    file: Path
    values: dict[str, Any]
    way: Literal["node", "literal"]
    files: tuple[Path, ...]
    notes: tuple[str, ...]
    unseen: tuple[str, ...]


def read_site_config(folder: Path, *, node: str | None, time_limit: float = TIME_LIMIT) -> SiteReading:
    """What the configuration in `folder` says.  `node` is Node's executable, None to do without it.

    Raises SiteError when there is no configuration, or when nothing in it can be read either way.
    """
    file = require_config(folder).absolute()
    try:
        loaded = load_with_node(file, node=node, time_limit=time_limit)
    except NodeFailureError as failure:
        return _literally(file, str(failure))
    options = site_options(loaded.tree, folder)
    return SiteReading(
        file, options.values, "node", loaded.files, (*_missing(loaded), *options.notes), options.unseen
    )


def _literally(file: Path, failure: str) -> SiteReading:
    try:
        options = site_options(read_literally(file.read_text(encoding="utf-8-sig")), file.parent)
    except (OSError, UnicodeDecodeError, NotLiteralError) as error:
        raise SiteError(
            f"{file.name} cannot be read: with Node, because {failure}; without, because {error}. "
            "Write the `site:` section by hand: its options have Docusaurus's own names"
        ) from error
    notes = (f"{file.name} was read without running it, because {failure}", *_absent(options), *options.notes)
    return SiteReading(file, options.values, "literal", (file,), notes, options.unseen)


def _absent(options: SiteOptions) -> tuple[str, ...]:
    """Docusaurus demands these: where they are not, something has not been seen."""
    lacking = [
        key
        for key in ("title", "url", "baseUrl")
        if key not in options.values | dict.fromkeys(options.unseen)
    ]
    return (f"not seen in it: {', '.join(lacking)}",) if lacking else ()


def _missing(loaded: Loaded) -> tuple[str, ...]:
    if not loaded.missing:
        return ()
    listed = ", ".join(loaded.missing[:5]) + (", ..." if len(loaded.missing) > 5 else "")
    return (f"not installed, harmless stand-ins took their place: {listed}",)
