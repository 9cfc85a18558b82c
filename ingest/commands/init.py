"""`python -m ingest init`: a site's own configuration, as the `site:` section of a config.yaml."""

import argparse
import json
import os
import sys
from pathlib import Path

from ingest.site_config.reading import SiteReading, read_site_config
from ingest.site_config.running import find_node
from ingest.site_config.writing import SectionDiffersError, section_text, without_variables, write_section


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("site", metavar="SITE_DIR", type=Path, help="the folder of docusaurus.config.*")
    parser.add_argument("--no-node", action="store_true", help="run nothing: read what stands in the file")
    parser.add_argument("--force", action="store_true", help="exchange a site: section that differs")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """What was written on stdout, what could not be carried over on stderr.

    1 when options of the site could not be seen, 2 when a section that differs was left as it is.
    Raises SiteError, ConfigError.
    """
    config = Path(arguments.config)
    reading = read_site_config(arguments.site, node=find_node(allowed=not arguments.no_node))
    values, lost = without_variables(reading.values)
    notes = [*reading.notes, *(f"could not be carried over: the text {text!r}" for text in lost)]
    root = _root(arguments.site, config)
    origin = f"{root}/{reading.file.name}"
    try:
        changed = write_section(config, section_text(values, root, origin, notes), force=arguments.force)
    except SectionDiffersError as error:
        print(error.difference, file=sys.stderr)
        print(f"error: {config} has another `site:` section; exchange it with --force", file=sys.stderr)
        return 2
    _tell(config, reading, {"root": root, **values}, notes, changed, arguments.json)
    return 1 if reading.unseen or lost else 0


def _root(site: Path, config: Path) -> str:
    """The site's folder as seen from the file."""
    try:
        return Path(os.path.relpath(site.resolve(), config.resolve().parent)).as_posix()
    except ValueError:  # on another drive
        return site.resolve().as_posix()


def _tell(
    config: Path,
    reading: SiteReading,
    site: dict[str, object],
    notes: list[str],
    changed: bool,
    as_json: bool,
) -> None:
    if as_json:
        told = {
            "config": str(config), "source": str(reading.file), "way": reading.way, "changed": changed,
            "site": site, "notes": notes, "unseen": reading.unseen,
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
        return
    how = "run with Node" if reading.way == "node" else "read without running it"
    print(f"{reading.file.name} ({how}): {len(reading.values['docs'])} docs instances")
    for docs in reading.values["docs"]:
        print(f"  {docs.get('id', 'default'):12} {docs['path']} -> {docs['routeBasePath']}")
    print(f"{config}: `site:` written" if changed else f"{config}: its `site:` section says the same already")
    for note in notes:
        print(note, file=sys.stderr)
