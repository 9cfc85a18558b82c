"""`python -m api insights`: what readers ask, what they do not find, and drafts of eval cases from it."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from api.commands.database import database
from api.memory.database import migrate
from api.memory.reading import Asked, Insights, read_insights
from api.owner.drafts import drafts
from pipeline.config import Config, load_config
from pipeline.errors import ConfigError, FingerpostError, NoIndex

SHOWN = 10  # lines of each list, for people; --json has them all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--days`, `--json`, `--drafts`."""
    parser.add_argument("--days", type=_days, default=30, metavar="N", help="how far back (default 30)")
    parser.add_argument("--json", action="store_true", help="one JSON object, with everything")
    parser.add_argument(
        "--drafts",
        type=Path,
        metavar="FILE",
        help="write refused and down-voted questions there, as eval cases to finish by hand",
    )


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError("should be from 1 to 3650")
    return days


def run(args: argparse.Namespace) -> int:
    """Exit code 0.  Raises ConfigError, MemoryUnavailable."""
    config = load_config(args.config)
    found, pages = asyncio.run(_read(config, args.days))
    unfound = None if pages is None else sorted(set(pages) - set(found.found_pages))
    if args.json:
        told = {**asdict(found), "unfound_pages": unfound}
        sys.stdout.write(json.dumps(told, default=str, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(report(found, unfound)) + "\n")
    if args.drafts:
        _write_drafts(args.drafts, found)
    return 0


async def _read(config: Config, days: int) -> tuple[Insights, list[str] | None]:
    async with database(config.api.memory) as engine:
        await migrate(engine)
        found = await read_insights(engine, days)
    try:
        return found, await indexed_pages(config)
    except FingerpostError as error:
        sys.stderr.write(f"the index cannot be read, so unfound pages are not known: {error}\n")
        return found, None


async def indexed_pages(config: Config) -> list[str]:
    """The addresses of all pages in the index.  Raises StoreError, NoIndex."""
    from pipeline.records import read_addresses  # heavy: not for --help
    from pipeline.store import open_store

    store = open_store(config.store)
    try:
        name = await store.current()
        if name is None:
            raise NoIndex("nothing is indexed yet")
        generation = await store.open_reader(name)
        try:
            return await read_addresses(generation)
        finally:
            await store.close_reader(generation)
    finally:
        await store.aclose()


def report(found: Insights, unfound: list[str] | None) -> Iterator[str]:
    """The lines for people."""
    yield f"{found.questions} questions from {found.clients} clients since {found.since:%Y-%m-%d}"
    for ending, count in sorted(found.endings.items(), key=lambda item: -item[1]):
        yield f"  {ending:10} {count:7}  {count / found.questions:6.1%}"
    yield f"  votes: {found.votes_up} up, {found.votes_down} down"
    yield from _listed("Questions a day", (f"{day}  {count}" for day, count in found.per_day))
    yield from _listed("Refused", map(_line, found.refused))
    yield from _listed("Voted down", map(_line, found.down_voted))
    yield from _listed("Most cited pages", (f"{count:5}  {url}" for url, count in found.cited_pages))
    if unfound is not None:
        yield from _listed("Pages that no question found", unfound)
    yield from _listed(
        "Tokens",
        (
            f"{t.model}: {t.answers} answers, {t.prompt:,} read, {t.completion:,} written"
            + (f", cost {t.cost:.4f}" if t.cost else "")
            for t in found.tokens
        ),
    )


def _line(asked: Asked) -> str:
    said = [f"[{tag}]" for tag in asked.tags] + [f'"{note}"' for note in asked.notes]
    return " ".join([f"{asked.times:5}  {' '.join(asked.question.split())[:200]}", *said])


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    if every:
        last = every[-SHOWN:] if title == "Questions a day" else every[:SHOWN]
        yield ""
        yield f"{title}:" if len(last) == len(every) else f"{title} ({len(last)} of {len(every)}):"
        yield from (f"  {line}" for line in last)


def _write_drafts(file: Path, found: Insights) -> None:
    lines = [json.dumps(case, ensure_ascii=False) + "\n" for case in drafts(found)]
    try:
        file.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise ConfigError("--drafts", [f"{file} cannot be written: {error.strerror}"]) from error
    sys.stderr.write(f"{len(lines)} drafts of eval cases in {file}\n")
