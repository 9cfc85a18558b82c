"""One process that serves, and several under Gunicorn.  How they are asked for is `__main__`'s affair.

With one process everything is opened before the server starts, so that what is wrong is said in plain
words and not in a server's traceback; nothing is opened twice.
"""

import asyncio
import logging
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.errors import ConfigError

log = logging.getLogger(__name__)

FIGURES = "PROMETHEUS_MULTIPROC_DIR"
LONGEST_STREAM = 120  # seconds that a stop waits for answers on their way
QUIET: dict[str, Any] = {"access_log": False, "server_header": False, "log_config": None}
"""For Uvicorn: the log is ours, see `api.logs`."""
SILENT = 60  # seconds without a sign of life after which a worker is replaced


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; with a certificate and its key, by TLS."""

    host: str
    port: int
    certfile: str | None = None
    keyfile: str | None = None


def run_one(config: Config, reserved: socket.socket) -> None:
    """Serves on this bound socket until a signal ends it.  Raises FingerpostError for what cannot be opened."""
    import uvicorn

    from api import logs
    from api.app import create_app

    logs.install(config.api.log)
    app = create_app(config, own_process=True)
    settings = uvicorn.Config(app, lifespan="off", **QUIET, timeout_graceful_shutdown=LONGEST_STREAM)

    async def serve() -> None:
        async with app.router.lifespan_context(app):
            log.info("answers at %s", _shown(reserved))
            with _signals_end_the_server_only():
                await uvicorn.Server(settings).serve(sockets=[reserved])

    with asyncio.Runner(loop_factory=settings.get_loop_factory()) as runner:
        runner.run(serve())


@contextmanager
def _signals_end_the_server_only() -> Iterator[None]:
    """When it has ended, Uvicorn raises the signal that ended it once more: what is open is to be closed first."""
    kept = {name: signal.signal(name, lambda *_: None) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in kept.items():
            signal.signal(name, handler)


def _shown(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def run_reloading(address: Address) -> None:
    """Serves, and starts again whenever the code changes; for contributors."""
    import uvicorn

    uvicorn.run(
        "api.app:from_environment", factory=True, host=address.host, port=address.port, reload=True, **QUIET
    )


def run_workers(number: int, address: Address) -> None:
    """Runs Gunicorn with `number` workers until a signal ends it; FINGERPOST_CONFIG names the configuration.

    Raises ConfigError where there is no Gunicorn.  Leaves the process by SystemExit, as Gunicorn does.
    """
    try:
        from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
    except ImportError:  # Windows
        raise ConfigError("--workers", ["needs Gunicorn, which does not run on this system"]) from None

    class Workers(BaseApplication):  # type: ignore[misc]  # it has no types
        def load_config(self) -> None:
            for name, value in {**gunicorn_settings(address), "workers": number}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:  # in each worker: a process with threads cannot well be forked
            from api.app import from_environment

            return from_environment()

    Workers().run()


def gunicorn_settings(address: Address) -> dict[str, Any]:
    """Gunicorn's settings for us: Uvicorn's workers, or with a certificate Gunicorn's own for HTTP/2.

    Uvicorn's are quicker; Gunicorn's ASGI worker is the one that speaks HTTP/2 here.
    """
    settings: dict[str, Any] = {
        "bind": f"{address.host}:{address.port}"
        if ":" not in address.host
        else f"[{address.host}]:{address.port}",
        "worker_class": "uvicorn_worker.UvicornWorker",
        "timeout": SILENT,
        "graceful_timeout": LONGEST_STREAM,
        "control_socket_disable": True,  # one file for all that a user runs
        "keepalive": 75,  # seconds; longer than the 60 for which nginx keeps its own connections
        "on_starting": lambda server: share_figures(os.environ),
        "child_exit": worker_ended,
        "on_exit": lambda server: forget_figures(os.environ),
    }
    if address.certfile:
        settings |= {
            "worker_class": "asgi",
            "http_protocols": "h2,h1",
            "certfile": address.certfile,
            "keyfile": address.keyfile,
        }
    return settings


OWN_FOLDER = "fingerpost-figures-"


def share_figures(environ: Any) -> None:
    """Before the workers start: an empty folder in which they add up their figures for /metrics."""
    folder = environ.get(FIGURES)
    if folder is None:
        environ[FIGURES] = tempfile.mkdtemp(prefix=OWN_FOLDER)
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for file in Path(folder).glob("*.db"):  # of the run before
        file.unlink()


def worker_ended(server: object, worker: Any) -> None:
    """Gunicorn's hook `child_exit`: the gauges of a worker end with it."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def forget_figures(environ: Mapping[str, str]) -> None:
    """After the workers have ended: the folder goes, if it is one that `share_figures` made."""
    folder = Path(environ.get(FIGURES, ""))
    if folder.name.startswith(OWN_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
