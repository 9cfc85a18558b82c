"""Code as a page shows it: a fence with its language and title, without the lines that only steer colours."""

import re

MAGIC = re.compile(
    r"\s*(?://|#|<!--|--|;;|/\*|\{/\*|\(\*|%|'|!|\*>|rem)\s*"
    r"highlight-(?:next-line|start|end)\s*(?:-->|\*/\}|\*/|\*\))?\s*",
    re.IGNORECASE,
)
TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)')""")
LANGUAGE = re.compile(r"[\w+#.-]+")
TICKS = re.compile(r"`{3,}")


def fence_of_info(code: str, info: str) -> str:
    """The fence of a Markdown code block; `info` is what follows its opening backticks."""
    title = TITLE.search(info)
    language = LANGUAGE.match(info.strip())
    return fence(code, language[0] if language else "", (title[1] or title[2] or "") if title else "")


def fence(code: str, language: str, title: str = "") -> str:
    """A fence that holds `code` verbatim, long enough for the backticks in it."""
    code = code.strip("\n")
    if "highlight-" in code:
        code = "\n".join(line for line in code.split("\n") if not MAGIC.fullmatch(line))
    ticks = "`" * max([3, *(len(run) + 1 for run in TICKS.findall(code))])
    quoted = title.replace('"', "'")
    return f"{ticks}{language}" + (f' title="{quoted}"' if title else "") + f"\n{code}\n{ticks}"
