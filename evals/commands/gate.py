"""`python -m evals gate`: fits the refusal gate of extractive mode to datasets, and says what it is worth."""

import argparse
import asyncio
import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from evals.cases import open_dataset
from evals.commands.setting import datasets, open_setting, progress
from evals.errors import DatasetError

if TYPE_CHECKING:  # heavy: not for --help
    from evals.fitting import Seen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument(
        "--dataset", action="append", metavar="DIR", help="a dataset's folder; several times: several sites"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """The coefficients, and each site's figures with those of all and with those of the others.

    Raises ConfigError, and DatasetError when a dataset has not both kinds of cases.
    """
    figures = asyncio.run(_figures(arguments))
    if arguments.json:
        print(json.dumps(figures))
        return 0
    print(", ".join(f"{name} {value:.2f}" for name, value in figures["coefficients"].items()))
    print(f"at {figures['enough']}:       refused rightly  wrongly   (fitted to the other sites)")
    for name, (all_, others) in figures["sites"].items():
        unseen = f"({others['refused']:.2f} {others['refused_wrongly']:.2f})" if others else ""
        print(f"{name:24} {all_['refused']:.2f} {all_['refused_wrongly']:.2f}   {unseen}")
    return 0


async def _figures(arguments: argparse.Namespace) -> dict[str, Any]:
    from evals.corpus import open_corpus
    from evals.fitting import fit, left_out, seen, worth
    from pipeline.gate import ENOUGH, Signals

    setting = open_setting(arguments)
    sites: dict[str, list[Seen]] = {}
    for folder in datasets(arguments, setting):
        dataset = open_dataset(folder, setting.config, needs_labels=False)
        kinds = {case.expect for case in dataset.cases}
        if kinds != {"answer", "refuse"}:
            raise DatasetError(str(folder), ["a gate needs cases to answer and cases to refuse"])
        with progress(dataset.name) as told:
            async with open_corpus(dataset, setting.config, setting.root, told) as corpus:
                sites[dataset.name] = [*sites.get(dataset.name, []), *await seen(dataset, corpus)]
    chosen = fit(list(sites.values()))
    others = left_out(sites) if len(sites) > 1 else {}
    names = [*(field.name for field in fields(Signals)), "intercept"]
    return {
        "coefficients": dict(zip(names, chosen, strict=True)),
        "enough": ENOUGH,
        "sites": {
            name: [asdict(worth(site, chosen)), asdict(others[name]) if others else None]
            for name, site in sites.items()
        },
    }
