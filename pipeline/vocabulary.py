"""The words of an index, each with the number of sections that have it: what spelling and refusals go by.

They stand in the payload of each page's record, so that they follow the pages: nothing has to be
counted anew when one page changes.  Words are as they are written, in small letters, stop words too.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from pipeline.models import Page
from pipeline.sparse import query_vector

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def words_in(text: str) -> list[str]:
    """The words of `text`, in order, in small letters."""
    return [word.lower() for word in WORD.findall(text)]


def counted(page: Page) -> str:
    """`word count word count ...` of the page's sections: a form that thousands of records read fast."""
    counts = Counter(
        word
        for section in page.sections
        for word in set(words_in(" ".join((*section.breadcrumbs, page.description, section.text))))
    )
    return " ".join(f"{word} {count}" for word, count in counts.items())


class Vocabulary:
    """The words of one language's pages.  `sections` is how many sections there are."""

    def __init__(self, counts: Mapping[str, int], sections: int) -> None:
        self.counts = counts
        self.sections = sections

    @cached_property
    def by_shape(self) -> Mapping[tuple[str, int], Sequence[str]]:
        """The words of letters alone by first letter and length: where to look for what a misspelt word meant."""
        shapes: dict[tuple[str, int], list[str]] = {}
        for word in self.counts:
            if word.isalpha():
                shapes.setdefault((word[0], len(word)), []).append(word)
        return shapes

    @cached_property
    def by_term(self) -> Mapping[int, int]:
        """The same by term, as BM25 takes words: stemmed, and without stop words."""
        terms: Counter[int] = Counter()
        for word, count in self.counts.items():
            for term in query_vector(word).indices:
                terms[term] += count
        return terms

    def weight(self, term: int) -> float:
        """From 0 for a term of every section to 1 for one of none: its inverse frequency, as BM25's."""
        held = min(self.by_term.get(term, 0), self.sections)
        most = math.log(1 + (self.sections + 0.5) / 0.5)
        return math.log(1 + (self.sections - held + 0.5) / (held + 0.5)) / most


def gathered(records: Iterable[tuple[str, int, str]]) -> dict[str, Vocabulary]:
    """The vocabulary of each language, from its pages' (language, sections, words as `counted` writes them).

    Ready to be asked: a tenth of a second for many words, which no question should wait for.
    """
    counts: dict[str, Counter[str]] = {}
    sections: Counter[str] = Counter()
    for language, held, words in records:
        own = counts.setdefault(language, Counter())
        tokens = words.split()
        for word, count in zip(tokens[::2], tokens[1::2], strict=True):
            own[word] += int(count)
        sections[language] += held
    vocabularies = {language: Vocabulary(own, sections[language]) for language, own in counts.items()}
    for vocabulary in vocabularies.values():
        _ = vocabulary.by_shape, vocabulary.by_term
    return vocabularies
