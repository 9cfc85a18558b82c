"""Load: what readers saw is told as it was, whatever a server does, and nothing goes on without end."""

import asyncio
import itertools
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from evals.commands.load import bodies
from evals.load.measuring import Load, measure, percentiles, rows
from evals.load.requests import target
from evals.load.traffic import Bounds, Closed, Open
from evals.load.upstream import Pace, listening
from evals.load.watching import Processes, is_this_machine, listeners
from evals.report import rendered_load
from evals.runs import Run
from tests.conftest import QUESTION, config_for, serving
from tests.evals.conftest import Evals

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
DELTA = b'data: {"type":"text-delta","id":"answer","delta":"x"}\n\n'
ABOUT = b'data: {"type":"data-answer","data":{"outcome":"refused","timings":{"total":2.0}}}\n\n'
DONE = b"data: [DONE]\n\n"
ERROR = b'data: {"type":"error","errorText":"x"}\n\n'
Say = bytes | float | None  # what is sent, a pause in seconds, or hanging up


def piece(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def problem(status: int, code: str) -> bytes:
    body = json.dumps({"code": code}).encode()
    return b"HTTP/1.1 %d No\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


WHOLE = HEAD + piece(DELTA) + piece(ABOUT + DONE) + b"0\r\n\r\n"


@asynccontextmanager
async def saying(*script: Say) -> AsyncIterator[str]:
    """A server that says the script to each request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                for word in script:
                    if word is None:
                        return
                    if isinstance(word, float):
                        await asyncio.sleep(word)
                    else:
                        writer.write(word)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def loaded(url: str, traffic: Closed | Open | None = None, **options: Any) -> dict[str, Any]:
    """The summary of a small load."""
    timeout, stall = options.pop("timeout", 10.0), options.pop("stall", 5.0)
    load = Load(traffic or Closed(2, 2), target(url, {}, timeout), Bounds(**options), stall)
    return (await measure(load, bodies([QUESTION]), Processes([]), lambda done, todo: None)).summary


CASES: dict[str, tuple[list[Say], str, dict[str, int]]] = {
    "whole": ([WHOLE], "outcomes", {"answered": 0, "refused": 4, "degraded": 0}),
    "in two pieces": ([WHOLE[:150], 0.01, WHOLE[150:]], "outcomes", {"answered": 0, "refused": 4, "degraded": 0}),
    "rate-limited": ([problem(429, "rate-limited")], "turned_away", {"429 rate-limited": 4}),
    "overloaded": ([problem(503, "overloaded")], "turned_away", {"503 overloaded": 4}),
    "internal": ([problem(500, "internal")], "failures", {"500 internal": 4}),
    "no problem document": ([b"HTTP/1.1 502 No\r\ncontent-length: 1\r\n\r\nx"], "failures", {"502": 4}),
    "an error part": (
        [HEAD + piece(DELTA) + piece(ERROR + DONE) + b"0\r\n\r\n"], "failures", {"error in the stream": 4}
    ),
    "no end": ([HEAD + piece(DELTA) + b"0\r\n\r\n"], "failures", {"the stream broke off": 4}),
    "hangs up": ([HEAD + piece(DELTA), None], "failures", {"connection lost": 4}),
    "no HTTP": ([b"hello\r\n\r\n", None], "failures", {"no connection: not HTTP: Expected HTTP/, RTSP/ or ICE/": 4}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_each_end_is_told(case: str) -> None:
    """What became of each question stands under its own name, and nowhere else."""
    script, place, expected = CASES[case]
    async with saying(*script) as url:
        summary = await loaded(url)
    assert summary[place] == expected
    others = {"outcomes", "turned_away", "failures"} - {place}
    assert not any(sum(summary[other].values()) for other in others)
    assert summary["requests"] == 4


async def test_nobody_listens() -> None:
    """A server that is not there is a failure, told once for each question."""
    async with saying() as url:
        pass
    assert (await loaded(url))["failures"] == {"connection refused": 4}


async def test_a_silence_in_a_stream_is_told() -> None:
    """A stream that pauses longer than --stall counts as stalled, though it comes to its end."""
    async with saying(WHOLE[:150], 0.2, WHOLE[150:]) as url:
        summary = await loaded(url, stall=0.1)
    assert summary["stalled"] == 4
    assert summary["longest_pause_ms"] >= 200
    assert summary["outcomes"]["refused"] == 4


async def test_a_server_that_never_answers_is_given_up() -> None:
    """--timeout ends the wait."""
    async with saying(60.0) as url:
        assert (await loaded(url, timeout=0.1))["failures"] == {"timeout": 4}


async def test_a_load_ends_by_count() -> None:
    """No more is asked than --at-most, whatever the users would."""
    async with saying(WHOLE) as url:
        summary = await loaded(url, Closed(5, 1000), requests=17)
    assert summary["requests"] == 17
    assert summary["cut_short"]


async def test_a_load_ends_by_time() -> None:
    """After --at-most-seconds nothing is begun."""
    async with saying(WHOLE) as url:
        began = time.perf_counter()
        summary = await loaded(url, Closed(1, 10**9), requests=10**9, seconds=0.2)
    assert summary["cut_short"]
    assert time.perf_counter() - began < 5


async def test_arrivals_do_not_wait_for_a_slow_server() -> None:
    """An open load asks on while answers are out, and counts from when a question was due."""
    async with saying(0.5, WHOLE) as url:
        summary = await loaded(url, Open(rate=100, seconds=0.4))
    assert 15 <= summary["requests"] <= 75  # Poisson: 40 in the mean
    assert summary["seconds"] < 2  # one after the other would take 20
    assert summary["total_ms"]["p50"] >= 500


async def test_an_open_load_is_bounded_in_connections() -> None:
    """What cannot be sent is a failure, not a queue that hides it."""
    async with saying(0.5, WHOLE) as url:
        summary = await loaded(url, Open(rate=100, seconds=0.4), connections=3)
    assert summary["failures"]["not sent: too many are under way"] == summary["requests"] - 3


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], (None, None, None)),
        ([0.25], (250, 250, 250)),
        ([i / 1000 for i in range(100, 0, -1)], (50, 95, 99)),
        ([0.001] * 98 + [1.0, 2.0], (1, 1, 1000)),
    ],
)
def test_percentiles_are_times_that_somebody_waited(
    seconds: list[float], expected: tuple[float, ...]
) -> None:
    """By nearest rank; nothing is interpolated."""
    assert tuple(percentiles(seconds).values()) == expected


async def test_a_real_server_on_the_stand_in(site: Path) -> None:
    """A real API in front of the stand-in: cited answers, the server's own timings, CPU and memory of its process."""
    async with listening(0, Pace(ttft=0.05, gap=0.0, tokens=40)) as base_url:
        provider = {"base_url": base_url, "model": "stand-in", "api_key": "none"}
        config = config_for(site, llm={"providers": [provider]}, api={"memory": {"enabled": False}})
        async with serving(create_app(config)) as url:
            load = Load(Closed(3, 2), target(url, {"x-request-id": "load"}, 10.0), Bounds())
            asked = bodies([QUESTION, "How do I upgrade Widgetry?"])
            progress: list[tuple[int, int]] = []
            here = Processes([os.getpid()])
            found = await measure(load, asked, here, lambda *told: progress.append(told))
    summary = found.summary
    assert summary["outcomes"] == {"answered": 6, "refused": 0, "degraded": 0}
    assert summary["first_token_ms"]["p50"] >= 50
    assert {"retrieval", "first_token", "total"} <= set(summary["server_ms"])
    assert summary["server"]["cpu_ms_per_answer"] > 0
    assert summary["server"]["memory_mb"] > 20
    assert progress[-1] == (6, 6)
    report = rendered_load(Run("r", {"started": "2026-01-01T00:00:00"}, summary, rows(found.samples)))
    assert report.count("<svg") == 4
    assert "6" in report


async def test_the_server_is_found_by_its_port() -> None:
    """Without --pid the process that listens is the one that is watched."""
    async with saying(WHOLE) as url:
        assert os.getpid() in listeners(int(url.rpartition(":")[2]))


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.0.2.1", False)]
)
def test_which_hosts_are_this_machine(host: str, expected: bool) -> None:
    """Loopback alone."""
    assert is_this_machine(host) is expected


USAGE: dict[str, tuple[list[str], str]] = {
    "another machine": (["--url", "http://192.0.2.1"], "--i-own-it"),
    "no address": (["--url", "ftp://x"], "no address"),
    "no users": (["--users", "0"], "--users"),
    "no rate": (["--rate", "0"], "--rate"),
    "no header": (["--header", "x"], "name: value"),
    "no questions": (["--questions", "/nowhere"], "--questions"),
}


@pytest.mark.parametrize("case", USAGE)
def test_what_cannot_be_loaded_is_said(case: str, evals: Evals) -> None:
    """Exit code 2, with the way out; nothing is sent."""
    words, way_out = USAGE[case]
    printed = evals("load", *words)
    assert printed.code == 2
    assert way_out in printed.err


def test_everything_at_once(evals: Evals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--self starts a stand-in, an index and the API, loads them, and leaves a run and no process behind."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("# Widgets\n\nInstall widgets with pip.\n")
    printed = evals(
        "load", "--self", "--users", 2, "--answers", 2, "--ttft", 0.01, "--gap", 0, "--json",
        "--out", tmp_path / "run", site={"root": str(tmp_path)},
    )  # fmt: skip
    assert printed.code == 0, printed.err
    summary = json.loads(printed.out)
    assert summary["outcomes"]["answered"] == 4
    assert summary["server"]["cpu_ms_per_answer"] > 0
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "config.json", "results.jsonl", "summary.json", "report.html",
    }  # fmt: skip
    assert not listeners(int(summary["url"].rpartition(":")[2]))


def test_a_load_is_no_run_to_compare(evals: Evals, tmp_path: Path) -> None:
    """`compare` says so instead of failing over a missing key."""
    config = {"form": 1, "kind": "load", "name": "l", "started": "2026"}
    for name, text in {"config.json": json.dumps(config), "summary.json": "{}", "results.jsonl": ""}.items():
        (tmp_path / name).write_text(text)
    printed = evals("compare", tmp_path, tmp_path)
    assert printed.code == 2
    assert "no cases to compare" in printed.err


def test_questions_come_in_turn() -> None:
    """Each once, then from the beginning."""
    asked = itertools.islice(bodies(["a", "b"]), 3)
    assert [body["messages"][0]["parts"][0]["text"] for body in asked] == ["a", "b", "a"]
