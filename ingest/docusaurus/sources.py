"""Reads one file's text, or says why it cannot be read."""

from pathlib import Path

from ingest.docusaurus.boundary import LARGEST_FILE
from ingest.docusaurus.problems import UnreadablePageError


def read_source(path: Path) -> str:
    """The text of the file at `path`, line ends as they are.

    Raises UnreadablePageError for a file that is gone, larger than 10 MB, binary or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UnreadablePageError((0, f"cannot be read: {error.strerror}")) from error
    if len(content) > LARGEST_FILE:
        raise UnreadablePageError((0, f"is larger than {LARGEST_FILE // 2**20} MB"))
    if (nul := content.find(b"\0")) >= 0:
        raise UnreadablePageError((_line(content, nul), "is binary, or text that is not UTF-8"))
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnreadablePageError((_line(content, error.start), "is not UTF-8")) from error


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
