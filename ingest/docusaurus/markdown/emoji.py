"""Emoji names such as `:rocket:` in shown texts.  Heading ids are made before, from the names."""

import re

NAME = re.compile(r":\+1:|:-1:|:[\w-]+:", re.ASCII)


def with_emoji(text: str) -> str:
    """`text` with the emoji that `rich` knows by name; other names stay."""
    if ":" not in text or not NAME.search(text):
        return text
    from rich.emoji import Emoji

    return NAME.sub(lambda match: Emoji.replace(match[0]), text)
