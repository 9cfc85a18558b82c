"""Finds the configuration file of a site."""

from pathlib import Path

from pipeline.errors import SiteError

NAME = "docusaurus.config"
ENDINGS = (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs")
"""In the order of Docusaurus's own search (core 3.10, `server/config.ts`)."""

USUAL_FOLDERS = ("website", "docs", "documentation", "site", "packages/website", "apps/docs")


def find_config(folder: Path) -> Path | None:
    """The configuration file directly in `folder`, as Docusaurus chooses it."""
    files = (folder / f"{NAME}{ending}" for ending in ENDINGS)
    return next((file for file in files if file.is_file()), None)


def require_config(folder: Path) -> Path:
    """The same.  Raises SiteError, which names a folder near by that has one."""
    file = find_config(folder)
    if file is not None:
        return file
    if not folder.is_dir():
        raise SiteError(f"{folder} is not a folder")
    near = next((folder / name for name in USUAL_FOLDERS if find_config(folder / name)), None)
    hint = f"; {near} has one" if near else ": name the folder that `docusaurus build` runs in"
    raise SiteError(f"{folder} has no {NAME}.js (or {', '.join(ENDINGS[:3])}, .mjs, .cjs){hint}")
