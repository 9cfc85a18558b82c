"""Documentation of any size, made of the manual's own sections, so that texts are real and lengths as they come."""

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.config import Config, parse_config

MANUAL = Path(__file__).parent.parent / "docs"
SECTION = re.compile(r"^(?=## )", re.MULTILINE)
SECTIONS = 8  # of a page


def sections() -> list[str]:
    """The manual's sections as Markdown, each with its heading; the ids of headings are left out."""
    found = []
    for file in sorted(MANUAL.glob("*.md")):
        text = file.read_text(encoding="utf-8").split("---\n", 2)[-1]
        found += [re.sub(r" \{#[^}]*\}", "", part).strip() for part in SECTION.split(text)[1:]]
    return [re.sub(r"\]\([^)]*\)", "](https://example.com/)", part) for part in found]


def pages(count: int) -> Iterator[tuple[str, str]]:
    """(file name, Markdown) of `count` pages: sections in turn, no two alike because each says its number."""
    known = sections()
    for number in range(count):
        parts = [known[(number * SECTIONS + place) % len(known)] for place in range(SECTIONS)]
        told = [re.sub(r"\n", f" in edition {number}\n\nEdition {number}.", part, count=1) for part in parts]
        yield f"page{number}.md", f"# Page {number}\n\n" + "\n\n".join(told) + "\n"


def write_site(root: Path, count: int) -> Config:
    """A site of `count` pages below `root`, and its configuration without a model."""
    folder = root / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(count):
        (folder / name).write_text(text, encoding="utf-8")
    text = "site: {url: 'https://docs.example.com'}\nllm: {providers: []}\n"
    return parse_config(text, source="benchmark", base=root, environ={})
