"""Heading ids from heading texts, as github-slugger 1.5.0 makes them; one Slugger for one file."""

from ingest.docusaurus.markdown.slug_characters import removed


def slug_of(text: str, *, maintain_case: bool = False) -> str:
    """`text` lower-cased, without the characters a slug loses, each space a hyphen; nothing trimmed."""
    return removed().sub("", text if maintain_case else text.lower()).replace(" ", "-")


class Slugger:
    """Gives each text of one file an id of its own: "a", "a-1", "a-2"."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def slug(self, text: str, *, maintain_case: bool = False) -> str:
        """A slug not given before: the text's first form with its counter; what comes out is taken too."""
        first = slug = slug_of(text, maintain_case=maintain_case)
        while slug in self._taken:
            self._taken[first] += 1
            slug = f"{first}-{self._taken[first]}"
        self._taken[slug] = 0
        return slug
