"""The labels of predefined tags: `tags.yml` in a version's folder, or in its translation.

Rules of @docusaurus/utils-validation 3.10 `tagsFile.ts`.  Tags only help to find a page here; their own
pages are none of ours.
"""

from collections.abc import Iterable
from pathlib import Path

from ingest.docusaurus.front_matter.js_yaml import YamlError, load_yaml
from ingest.docusaurus.problems import UnreadablePageError
from ingest.docusaurus.sources import read_source
from pipeline.config.site import DocsConfig


def tags_file(docs: DocsConfig, folders: Iterable[Path | None]) -> Path | None:
    """The tags file of a version, in the first of `folders` that has one."""
    if not docs.tags:
        return None
    files = (folder / docs.tags for folder in folders if folder is not None)
    return next((file for file in files if file.is_file()), None)


def read_tag_labels(path: Path) -> dict[str, str]:
    """The label of each tag in the file at `path`.  Raises UnreadablePageError."""
    try:
        tags, _ = load_yaml(read_source(path))
    except YamlError as error:
        raise UnreadablePageError((error.line, f"is not valid YAML: {error}")) from error
    if not isinstance(tags, dict):
        raise UnreadablePageError((1, "should hold a mapping of tags"))
    labels = {key: tag.get("label") if isinstance(tag, dict) else None for key, tag in tags.items()}
    return {
        key: label if isinstance(label, str) and label else key.capitalize() for key, label in labels.items()
    }
