"""What the server's processes use, where they run on this machine: CPU time and resident memory."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

import psutil

MB = 1 << 20


def is_this_machine(host: str) -> bool:
    """Whether every address of `host` is a loopback one."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return bool(found) and all(ip_address(str(address).partition("%")[0]).is_loopback for address in found)


def listeners(port: int) -> list[int]:
    """The processes of this machine that listen on `port`, as far as we may look: a server and its workers."""
    found = []
    for process in psutil.process_iter():
        try:
            sockets = process.net_connections(kind="tcp")
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in sockets):
            found.append(process.pid)
    return found


@dataclass(frozen=True, slots=True)
class Usage:
    """Of all processes together: CPU seconds so far, resident MB now, and how many there are."""

    cpu: float
    memory: float
    processes: int


class Processes:
    """The processes of `pids` and all below them; those that start later too."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._roots = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
        self._spent: dict[int, float] = {}  # of each process, the last that was seen: one may end

    def __bool__(self) -> bool:
        return bool(self._roots)

    def usage(self) -> Usage:
        """What they have used until now."""
        memory = 0.0
        alive = self._alive()
        for process in alive.values():
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss / MB
            except psutil.NoSuchProcess:
                continue
            self._spent[process.pid] = times.user + times.system
        return Usage(sum(self._spent.values()), memory, len(alive))

    def _alive(self) -> dict[int, psutil.Process]:
        found: dict[int, psutil.Process] = {}
        for root in self._roots:
            try:
                for process in (root, *root.children(recursive=True)):
                    found[process.pid] = process
            except psutil.NoSuchProcess:
                continue
        return found
