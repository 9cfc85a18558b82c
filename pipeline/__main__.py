"""`python -m pipeline "QUESTION"`: one answer, streamed to the terminal, with its sources."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from pipeline.exits import exit_code
from pipeline.models import AnswerFailed, AnswerFinished, Question, Scope, SourcesFound, TextDelta


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 answered, 1 refused or broken off, 2 could not be asked."""
    return exit_code(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    parser.add_argument("question")
    parser.add_argument("--config", default="config.yaml", metavar="FILE")
    parser.add_argument("--version", metavar="V", help="search this version of the docs")
    parser.add_argument("--language", metavar="L", help="search this language of the docs")
    parser.add_argument("--json", action="store_true", help="print the whole answer as one JSON object")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    return asyncio.run(_ask(args))


async def _ask(args: argparse.Namespace) -> int:
    from pipeline.bootstrap import open_pipeline  # heavy: not for --help
    from pipeline.config import load_config

    question = Question(args.question, scope=Scope(args.version, args.language))
    async with open_pipeline(load_config(args.config)) as pipeline:
        answer = await pipeline.assistant.answer(question)
        told: dict[str, Any] = {"text": "", "sources": []}
        try:
            async for event in answer.events():
                match event:
                    case SourcesFound(sources):
                        told["sources"] = [{"id": s.id, "url": s.url, "title": s.title} for s in sources]
                    case TextDelta(text):
                        told["text"] += text
                        if not args.json:
                            print(text, end="", flush=True)
                    case AnswerFailed(_, message):
                        print(f"\n{message}", file=sys.stderr)
                        return 1
                    case AnswerFinished():
                        return _end(event, told, args.json)
        finally:
            await answer.aclose()
    return 1


def _end(event: AnswerFinished, told: dict[str, Any], as_json: bool) -> int:
    if as_json:
        told |= {"outcome": event.outcome, "mode": event.mode, "model": event.model}
        told |= {"cited": [source.id for source in event.cited], "revision": event.revision}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print()
        for source in event.cited:
            print(f"  [{source.id}] {' > '.join(source.breadcrumbs)}\n      {source.url}")
    return 0 if event.outcome != "refused" else 1


if __name__ == "__main__":
    sys.exit(main())
