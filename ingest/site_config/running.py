"""Loads a configuration with Node, in a process that cannot outlive its time.

The configuration is the site's own program and is run as `docusaurus build` would run it, but with an
environment of three variables: no key of ours is in reach, and nothing it prints is read.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent / "node" / "load.mjs"
TIME_LIMIT = 60.0  # seconds; loading takes 0.1 to 3
LARGEST_RESULT = 1024 * 1024  # bytes; real ones have a few hundred
PASSED_ON = ("PATH", "HOME", "SYSTEMROOT")  # Windows starts no Node without the last
# Where type stripping is there, but only on request (Node's changelog).
STRIPS_ON_REQUEST = (((22, 10), (22, 18)), ((23, 2), (23, 6)))


@dataclass(frozen=True, slots=True)
class Loaded:
    """`tree` is the configuration as JSON (see `options`), `files` the site's files that took part,
    `missing` the modules that were not installed."""

    tree: dict[str, Any]
    files: tuple[Path, ...]
    missing: tuple[str, ...]


class NodeFailureError(Exception):
    """Node is not there, or the configuration could not be loaded with it.  Says why in half a sentence."""


def find_node(*, allowed: bool = True) -> str | None:
    """Where Node is, if it is there and may run the site's JavaScript."""
    return shutil.which("node") if allowed else None


def load_with_node(file: Path, *, node: str | None, time_limit: float = TIME_LIMIT) -> Loaded:
    """The configuration that `file` exports.  Raises NodeFailureError after `time_limit` seconds at most."""
    if node is None:
        raise NodeFailureError("Node is not installed, or not to be used")
    with tempfile.TemporaryDirectory(prefix="fingerpost-") as folder:
        result = Path(os.path.realpath(folder)) / "result.json"
        ended = _run([node, *_flags(node, file), str(SCRIPT), str(file), str(result)], file, time_limit)
        return _loaded(result, ended)


def _run(command: list[str], file: Path, time_limit: float) -> int | None:
    """The exit code, None when the time was over.  Whatever the process started ends with it."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        process = subprocess.Popen(
            command, cwd=file.parent, env={**environment, "NODE_ENV": "production"}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        raise NodeFailureError(f"Node does not start ({error})") from error
    try:
        return process.wait(time_limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the group has ended already
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _loaded(result: Path, ended: int | None) -> Loaded:
    if not result.is_file():
        if ended is None:
            raise NodeFailureError("it did not come to an end in time")
        raise NodeFailureError(f"the process ended with code {ended} before the configuration was there")
    if result.stat().st_size > LARGEST_RESULT:
        raise NodeFailureError("its options are larger than 1 MB")
    try:
        told = json.loads(result.read_bytes())
        if "error" in told:
            raise NodeFailureError(" ".join(str(told["error"]).split())[:300])
        return Loaded(told["config"], tuple(map(Path, told["files"])), tuple(told["missing"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        # Not what our script writes: the configuration has written over it.
        raise NodeFailureError("what came out of it is not a configuration") from error


def _flags(node: str, file: Path) -> list[str]:
    if not file.suffix.endswith("ts"):
        return []
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeFailureError(f"Node does not start ({error})") from error
    match = re.match(r"v(\d+)\.(\d+)\.", told.stdout)
    version = (int(match[1]), int(match[2])) if match else (0, 0)
    asked = any(first <= version < after for first, after in STRIPS_ON_REQUEST)
    return ["--experimental-strip-types"] if asked else []
