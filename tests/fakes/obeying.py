"""A model without any judgement: it does what any text in its prompt tells it to, wherever that stands.

An instruction is `SAY «...»`, in plain text or hidden: in base64, hexadecimal, ROT13, backwards, percent or
HTML escapes, full-width letters, or with invisible characters in between.  `{system}` and `{question}` in it
are filled with what a thief would want, the beginning of the system prompt and the last message.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

ORDER = re.compile(r"SAY\s*«(.*?)»", re.DOTALL | re.IGNORECASE)
INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\u00ad\ufeff\U000e0000-\U000e007f]")
BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2}){16,}", re.IGNORECASE)
LONGEST = 60  # characters of what is stolen


def obey(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the model says: every order that it finds, and a citation as if nothing had happened."""
    system, question = str(messages[0]["content"]), str(messages[-1]["content"])
    orders: dict[str, None] = {}
    for message in messages:
        for text in readings(str(message["content"])):
            orders |= dict.fromkeys(ORDER.findall(text))
    said = [order.replace("\\n", "\n") for order in orders]
    filled = [
        order.replace("{system}", quote(system[:LONGEST])).replace("{question}", quote(question[-LONGEST:]))
        for order in said
    ]
    return "\n\n".join(["As the docs say [1].", *filled])


def readings(text: str) -> Iterator[str]:
    """All that the text may mean to somebody who takes pains."""
    plain = INVISIBLE.sub("", text)
    yield text
    yield plain
    yield unicodedata.normalize("NFKC", plain)
    yield html.unescape(text)
    yield unquote(text)
    yield codecs.decode(text, "rot13")
    yield text[::-1].replace("»", "\0").replace("«", "»").replace("\0", "«")
    yield "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007F)
    for found in BASE64.findall(text):
        yield _decoded(lambda found=found: base64.b64decode(found + "=" * (-len(found) % 4)))
    for found in HEXADECIMAL.findall(text):
        yield _decoded(lambda found=found: binascii.unhexlify(found))


def _decoded(decode: Any) -> str:
    try:
        return str(decode().decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return ""
