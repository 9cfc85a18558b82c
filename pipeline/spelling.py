"""A misspelt word of a question becomes the word of the docs that was meant, before anything is searched.

Only for a word that is none: the docs do not have it, and neither has the language's dictionary
(pyspellchecker's).  What is left alone: names and symbols (capitals or digits inside), short words, and
texts with so many unknown words that they are code, a log or another language.
"""

from collections.abc import Mapping
from functools import cache
from typing import cast

from pipeline.vocabulary import WORD, Vocabulary

SHORTEST = 4  # letters: shorter words have too many neighbours
LONG = 8  # letters from which two slips are believed
MOST_UNKNOWN = 6  # words of a question
COMMON = 100  # occurrences in the dictionary's corpus below which an entry may itself be a slip ("instal")


@cache
def dictionary(language: str) -> Mapping[str, int]:
    """The words of a language (ISO 639, or a locale such as pt-BR) with their frequencies; empty when there is none."""
    from spellchecker import SpellChecker

    try:
        return cast(
            Mapping[str, int], SpellChecker(language=language.lower().split("-")[0]).word_frequency.dictionary
        )
    except ValueError:  # pyspellchecker has a dozen languages
        return {}


def corrected(text: str, vocabulary: Vocabulary, language: str) -> str:
    """`text` with its misspelt words as the docs write them."""
    words = WORD.findall(text)
    suspects = {word for word in words if _is_suspect(word) and word.lower() not in vocabulary.counts}
    if not suspects or not (known := dictionary(language)):
        return text
    unknown = {word for word in suspects if known.get(word.lower(), 0) < COMMON}
    if len(unknown) > MOST_UNKNOWN:
        return text
    meant = {word: _nearest(word.lower(), vocabulary) for word in unknown}
    return WORD.sub(lambda found: meant.get(found.group()) or found.group(), text)


def _is_suspect(word: str) -> bool:
    return len(word) >= SHORTEST and word.isalpha() and word[1:].islower()


def _nearest(word: str, vocabulary: Vocabulary) -> str | None:
    """The word of the docs that is one slip away, or two for a long word: the nearest, then the commonest.

    A slip is a letter left out, put in, taken for another or changed with its neighbour; the first
    letter is rarely the wrong one (Pollock and Zamora, 1984: 7 % of slips).
    """
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    most = 1 if len(word) < LONG else 2
    lengths = range(len(word) - most, len(word) + most + 1)
    alike = [
        found
        for letter in {word[0], word[1]}
        for length in lengths
        for found in vocabulary.by_shape.get((letter, length), ())
        if found[0] == word[0] or sorted(found[:2]) == sorted(word[:2])
    ]
    near = extract(word, alike, scorer=OSA.distance, score_cutoff=most, limit=None)
    likely = [(distance, -vocabulary.counts[found], found) for found, distance, _ in near]
    return min(likely)[2] if likely else None
