"""`python -m evals load`: many readers at once on a running server, or on one that it starts itself."""

import argparse
import itertools
import json
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from evals.commands.setting import Setting, open_setting, progress, tell, terminal
from evals.commands.upstream import add_pace
from evals.errors import RunError

if TYPE_CHECKING:  # heavy: not for --help
    from evals.load.measuring import Load, Measured
    from evals.load.traffic import Closed, Open

URL = "http://127.0.0.1:8000"
MOST = 20_000  # requests
MOST_SECONDS = 600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--url", default=URL, help=f"the server's address; default {URL}")
    parser.add_argument("--users", type=int, default=10, metavar="N", help="readers at once; default 10")
    parser.add_argument("--answers", type=int, default=5, metavar="M", help="each asks so many; default 5")
    parser.add_argument(
        "--ramp", type=float, default=0.0, metavar="S", help="seconds within which they come; default 0"
    )
    parser.add_argument("--rate", type=float, metavar="R", help="instead: R questions a second, as they come")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="with --rate; default 30")
    parser.add_argument(
        "--questions", type=Path, metavar="FILE", help="one a line; default: our own dataset's"
    )
    parser.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'", help="sent along, an API key say"
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="for an answer; default 60")
    parser.add_argument(
        "--stall", type=float, default=5.0, metavar="S", help="a silence that is told; default 5"
    )
    parser.add_argument("--pid", type=int, action="append", help="the server's process; default: who listens")
    parser.add_argument("--at-most", type=int, default=MOST, metavar="N", help=f"requests; default {MOST}")
    parser.add_argument(
        "--at-most-seconds", type=float, default=MOST_SECONDS, metavar="S", help=f"default {MOST_SECONDS:g}"
    )
    parser.add_argument("--i-own-it", action="store_true", help="the server is another machine, and mine")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the run there; default: a new folder")
    _add_own(parser)


def _add_own(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--self", dest="own", action="store_true",
        help="start a server over the site of config.yaml, with a stand-in for the model, and load that",
    )  # fmt: skip
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="with --self; default 1")
    parser.add_argument(
        "--streams", type=int, default=1000, metavar="N", help="with --self: answers at once for a worker"
    )
    parser.add_argument(
        "--embedding", choices=("local", "endpoint"), default="local", help="with --self: whose embeddings"
    )
    add_pace(parser)


def run(arguments: argparse.Namespace) -> int:
    """The figures on stdout.  1 when an answer failed or a stream stalled.

    Raises ConfigError, and RunError for a server that must not or cannot be loaded.
    """
    import uvloop

    setting = open_setting(arguments)
    _check(arguments)
    asked = bodies(_questions(arguments, setting))
    return uvloop.run(_own(arguments, setting, asked) if arguments.own else _load(arguments, setting, asked))


def _check(arguments: argparse.Namespace) -> None:
    least = {"users": 1, "answers": 1, "at_most": 1, "workers": 1, "streams": 1, "tokens": 1}
    wrong = [name for name, value in least.items() if getattr(arguments, name) < value]
    times = ("ramp", "seconds", "timeout", "stall", "at_most_seconds", "ttft", "gap")
    wrong += [name for name in times if getattr(arguments, name) < 0]
    if wrong or (arguments.rate is not None and arguments.rate <= 0):
        names = ", ".join(f"--{name.replace('_', '-')}" for name in wrong) or "--rate"
        raise RunError(f"{names}: too small")


async def _own(arguments: argparse.Namespace, setting: Setting, asked: Iterator[Mapping[str, Any]]) -> int:
    from evals.load.stack import Stack, started
    from evals.load.upstream import Pace

    pace = Pace(arguments.ttft, arguments.gap, arguments.tokens)
    stack = Stack(pace, arguments.embedding, arguments.workers, arguments.streams)
    with TemporaryDirectory(prefix="fingerpost-load-") as folder:
        async with started(setting.config, stack, Path(folder), lambda what: tell([what])) as server:
            arguments.url, arguments.pid = server.url, [server.pid]
            return await _load(arguments, setting, asked)


async def _load(arguments: argparse.Namespace, setting: Setting, asked: Iterator[Mapping[str, Any]]) -> int:
    from evals.load.measuring import Load, measure
    from evals.load.requests import target
    from evals.load.traffic import Bounds
    from evals.load.watching import Processes, is_this_machine, listeners

    server = target(arguments.url, _headers(arguments.header), arguments.timeout)
    local = is_this_machine(str(server.url.hostname))
    if not local and not arguments.i_own_it:
        raise RunError(
            f"{server.url.hostname} is not this machine.  Load on somebody else's server is an attack; "
            "say --i-own-it when it is yours"
        )
    traffic = _traffic(arguments)
    if traffic.requests > arguments.at_most:
        tell([f"{traffic.requests} questions would be asked; --at-most stops at {arguments.at_most}"])
    load = Load(traffic, server, Bounds(arguments.at_most, arguments.at_most_seconds), arguments.stall)
    processes = Processes(arguments.pid or (listeners(server.port) if local else []))
    with open_files(), progress("asking") as told:
        found = await measure(load, asked, processes, told)
    return _tell(arguments, setting, load, found)


def _traffic(arguments: argparse.Namespace) -> "Closed | Open":
    from evals.load.traffic import Closed, Open

    if arguments.rate is not None:
        return Open(arguments.rate, arguments.seconds)
    return Closed(arguments.users, arguments.answers, arguments.ramp)


@contextmanager
def open_files() -> Iterator[None]:
    """As many connections as the system lets us have: its usual 1,024 files are too few for a crowd."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    else:
        yield


def _headers(given: list[str]) -> dict[str, str]:
    pairs = [line.partition(":") for line in given]
    if wrong := [
        line for line, (name, colon, _) in zip(given, pairs, strict=True) if not (colon and name.strip())
    ]:
        raise RunError(f"--header {wrong[0]!r}: write 'name: value'")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _questions(arguments: argparse.Namespace, setting: Setting) -> list[str]:
    """The lines of --questions; without it the questions of our own dataset."""
    file = arguments.questions or Path(__file__).parent.parent / "datasets/fingerpost/cases.jsonl"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise RunError(f"{file} cannot be read, name another file with --questions: {error}") from error
    found = lines if arguments.questions else [json.loads(line)["question"] for line in lines]
    questions = [line.strip() for line in found if line.strip()]
    if not questions:
        raise RunError(f"{file} holds no question")
    return questions


def bodies(questions: list[str]) -> Iterator[Mapping[str, Any]]:
    """Requests with the questions in turn, without end."""
    for question in itertools.cycle(questions):
        yield {"messages": [{"role": "user", "parts": [{"type": "text", "text": question}]}]}


def _tell(arguments: argparse.Namespace, setting: Setting, load: "Load", found: "Measured") -> int:
    from evals.load.measuring import rows
    from evals.report import write_load_report
    from evals.runs import FORM, Record, run_folder, write_run
    from evals.tables import print_load

    folder = arguments.out or run_folder(setting.root / "load", "load", str(load.target.url.hostname))
    found.summary["run"] = str(folder)
    about = {
        "form": FORM,
        "kind": "load",
        "name": folder.name,
        "started": datetime.now(UTC).isoformat(),
        "url": arguments.url,
        "traffic": str(load.traffic),
        "own": _own_settings(arguments) if arguments.own else None,
        "python": platform.python_version(),
    }
    written = write_run(folder, about, Record(found.summary, rows(found.samples)))
    write_load_report(folder / "report.html", written)
    if arguments.json:
        print(json.dumps(found.summary, ensure_ascii=False))
    else:
        print_load(terminal(), found.summary)
        print(f"report: {folder / 'report.html'}")
    failures = found.summary["failures"]
    tell([f"failed: {count} × {reason}" for reason, count in failures.items()])
    return 1 if failures or found.summary["stalled"] else 0


def _own_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    names = ("workers", "streams", "embedding", "ttft", "gap", "tokens")
    return {name: getattr(arguments, name) for name in names}
