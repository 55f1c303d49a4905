"""Processor time by group of processes: what a machine that others use too can still tell."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import psutil
from stack import Stack

SERVERS = ("postgres", "kafka")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time by group."""

    by: Mapping[str, float]

    def since(self, before: "Spent") -> "Spent":
        """Give what was spent since."""
        return Spent({name: value - before.by.get(name, 0.0) for name, value in self.by.items()})

    def each(self, count: int) -> dict[str, float]:
        """Give the microseconds for each of so many, and in all."""
        told = {name: value / count * 1e6 for name, value in self.by.items()}
        return {name: round(value, 1) for name, value in {**told, "all": sum(told.values())}.items()}


class Meter:
    """Reads what the servers and some clients have spent."""

    def __init__(self, servers: Mapping[str, psutil.Process]) -> None:
        self.servers = servers

    @classmethod
    async def of(cls, stack: Stack) -> "Meter":
        """Find the processes of the servers, which run on this machine."""
        connection = await asyncpg.connect(stack.postgres)
        postmaster = psutil.Process(connection.get_server_pid()).parent()
        await connection.close()
        assert postmaster is not None
        return cls({"postgres": postmaster, "kafka": listening(urlsplit(f"//{stack.kafka}").port or 0)})

    def read(self, clients: Iterable[int]) -> Spent:
        """Read all groups; clients are process ids, and may have children."""
        told = {"client": sum(tree(psutil.Process(pid)) for pid in clients)}
        return Spent(told | {name: tree(process) for name, process in self.servers.items()})


def tree(process: psutil.Process) -> float:
    """Give the seconds of a process, of its children, and of those that have ended."""
    times = process.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    for child in process.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            spent += tree(child)
    return float(spent)


def listening(port: int) -> psutil.Process:
    """Find the process that listens on a port."""
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
            return psutil.Process(one.pid)
    raise LookupError(f"nobody listens on {port}")
