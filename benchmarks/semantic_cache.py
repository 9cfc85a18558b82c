"""Which questions a semantic cache takes for one another: shares of paraphrases found, and of others found wrongly.

`data/question_pairs.jsonl` holds pairs that mean the same and pairs that only look so, written by hand.
"""

import json
from pathlib import Path
from typing import Any

from pipeline.cached.keys import telling
from pipeline.cached.storage import unit
from pipeline.config import parse_config
from pipeline.embedding import open_embedding

PAIRS = Path(__file__).parent / "data/question_pairs.jsonl"
COSINES = (0.85, 0.9, 0.92, 0.95, 0.97, 0.98)


def measure() -> dict[str, Any]:
    """For each cosine, with and without the same telling words: `found` and `wrong`, as shares."""
    config = parse_config("site: {root: .}", source="defaults", base=Path(__file__).parent)
    model = open_embedding(config.embedding).model
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    judged = [
        (
            float(unit(model.get_query_embedding(p["a"])) @ unit(model.get_query_embedding(p["b"]))),
            telling(p["a"]) == telling(p["b"]),
            p["same"],
        )
        for p in pairs
    ]
    rows = []
    for same_words in (False, True):
        for least in COSINES:
            taken = [(same, cosine >= least and (words or not same_words)) for cosine, words, same in judged]
            rows.append(
                {
                    "cosine": least,
                    "same words": same_words,
                    "found": _share([hit for same, hit in taken if same]),
                    "wrong": _share([hit for same, hit in taken if not same]),
                }
            )
    return {"pairs": len(pairs), "rows": rows}


def _share(hits: list[bool]) -> float:
    return round(sum(hits) / len(hits), 3)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
