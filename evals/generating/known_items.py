"""Known-item cases: the site's own words for a section, put as a question whose answer is that section.

The form of evaluation that needs no reader and no model (Azzopardi, de Rijke and Balog: Building
simulated queries for known-item topics, SIGIR 2007).  It flatters a search, because headings are in the
text that is searched: it shows what broke, not how good answers are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.models import Page, Section

FEWEST_WORDS = 2  # of a heading: "Options" and "Usage" name nothing on their own


def known_items(pages: Sequence[Page], locale: str, *, limit: int | None = None) -> list[dict[str, Any]]:
    """Cases in the form of docs/evals.md, in the site's order; at most `limit`, spread evenly over the site.

    A page's description asks for the page (tag `description`); a section's heading for the section (tag
    `heading`), with the title of its page where the heading is short or stands in several places.  Only
    the last version in `locale` is asked about, and no question is made twice.
    """
    asked = [page for page in pages if _is_asked(page, locale)]
    made = [*_from_descriptions(asked), *_from_headings(asked)]
    counts = Counter(case["question"].casefold() for case in made)
    alone = [case for case in made if counts[case["question"].casefold()] == 1]
    if limit is not None and limit < len(alone):
        alone = [alone[place * len(alone) // limit] for place in range(limit)]
    return [{"id": f"known-{number}", **case} for number, case in enumerate(alone, 1)]


def _is_asked(page: Page, locale: str) -> bool:
    return page.is_last_version and page.locale == locale and not page.draft and not page.unlisted


def _from_descriptions(pages: Sequence[Page]) -> Iterator[dict[str, Any]]:
    for page in pages:
        if page.description and not _is_from_the_text(page):
            yield _case(" ".join(page.description.split()), page.permalink, "description")


def _is_from_the_text(page: Page) -> bool:
    """Whether the description is the page's first line, as Docusaurus takes it when there is no other."""
    said = _letters(page.description)
    return any(said in _letters(f"{section.title}\n{section.text}") for section in page.sections)


def _letters(text: str) -> str:
    """Without marks: the description is plain text, a section is Markdown."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _from_headings(pages: Sequence[Page]) -> Iterator[dict[str, Any]]:
    named = [
        (page, section)
        for page in pages
        for section in page.sections
        if section.anchor and section.text.strip()
    ]
    counts = Counter(section.title.casefold() for _, section in named)
    for page, section in named:
        yield _case(_heading(page, section, counts), f"{page.permalink}#{section.anchor}", "heading")


def _heading(page: Page, section: Section, counts: Counter[str]) -> str:
    alone = counts[section.title.casefold()] == 1 and len(section.title.split()) >= FEWEST_WORDS
    return section.title if alone else f"{page.title}: {section.title}"


def _case(question: str, url: str, tag: str) -> dict[str, Any]:
    return {"question": question, "relevant": [{"url": url}], "expect": "answer", "tags": [tag]}
