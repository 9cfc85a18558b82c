"""A real PostgreSQL for one test session: a cluster of its own in a temporary folder, on loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ACCOUNT = "postgres"  # the server refuses to run as root


def binaries() -> Path | None:
    """The newest PostgreSQL's programs, as Debian lays them out or on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def why_not() -> str:
    """Why no server can be started here, "" when one can, or when a run without one shall fail."""
    if os.environ.get("FINGERPOST_TEST_SERVERS") == "required":
        return ""
    if binaries() is None:
        return "needs PostgreSQL: apt-get install postgresql"
    if os.geteuid() == 0 and ACCOUNT not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"needs the account {ACCOUNT}: PostgreSQL refuses to run as root"
    return ""


@contextmanager
def running() -> Iterator[str]:
    """A server until the block ends; gives its address without a database: `HOST:PORT`."""
    programs = binaries()
    assert programs is not None, "needs PostgreSQL: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="fingerpost-pg-"))
    data = folder / "data"
    as_account: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT)
        as_account = ["runuser", "-u", ACCOUNT, "--"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(*words: str) -> None:
        subprocess.run([*as_account, *words], check=True, capture_output=True, timeout=60, cwd=folder)

    try:
        run(
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "fingerpost",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        )
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        run(
            str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start"
        )
        try:
            yield f"127.0.0.1:{port}"
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
