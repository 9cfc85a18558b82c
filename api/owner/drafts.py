"""What readers asked in vain, as drafts of eval cases (docs/evals.md)."""

import hashlib
from collections.abc import Iterator
from typing import Any

from api.memory.reading import Asked, Insights, normalised


def drafts(found: Insights) -> Iterator[dict[str, Any]]:
    """Eval cases in the form of docs/evals.md, each question once.

    What was refused is expected to be refused and what was voted down to be answered, until somebody
    who knows the docs has looked: `relevant` is theirs to fill in.
    """
    cases: dict[str, dict[str, Any]] = {}
    for expect, tag, groups in (
        ("refuse", "refused", found.refused),
        ("answer", "voted-down", found.down_voted),
    ):
        for asked in groups:
            key = normalised(asked.question)
            new = _draft(key, asked, expect)
            new["tags"] = [*cases.get(key, new)["tags"], tag, *asked.tags]
            cases[key] = {**new, "tags": list(dict.fromkeys(new["tags"]))}
    yield from cases.values()


def _draft(key: str, asked: Asked, expect: str) -> dict[str, Any]:
    scope = {"version": asked.version, "language": asked.language}
    return {
        "id": f"asked-{hashlib.sha256(key.encode()).hexdigest()[:12]}",
        "question": asked.question,
        "filter": {name: value for name, value in scope.items() if value},
        "relevant": [],
        "expect": expect,
        "tags": ["draft"],
    }
