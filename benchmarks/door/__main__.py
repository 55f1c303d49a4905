"""How fast the door is: a signed webhook, checked, read and kept in PostgreSQL before it is answered.

    make bench NAME=door ARGS="--seconds 10"

The real `trigger-gateway serve` (its relay works meanwhile), on one core, with 32 connections. Beside it, in the same
run on the same core, a bare Starlette route that checks the same HMAC and keeps nothing, half before and half after
ours; and the gateway's HTTP layer with nothing behind it.
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import stack
import uvloop
from stack.ports import free_port

from benchmarks.door.callers import SECRET, Answered, requests, send
from benchmarks.load import conclude, milliseconds, tell
from benchmarks.timers.processor import listening, tree
from deploy.local import Installation

ROLES = ("crm-api.serve", "trigger-gateway.serve")
CONNECTIONS = 32
TOKEN = "token-of-the-benchmark"  # noqa: S105  opens nothing but this run
SETTINGS = {
    "check": "hmac",
    "hmac": {"header": "X-Signature", "prefix": "sha256="},
    "delivery": {"header": "X-Delivery"},
}
MAPPING = {
    "payload": {"total": "order.total", "order": "order.id"},
    "identities": {"phone": "customer.phone", "email": "customer.email"},
}
# One source whose signals are the bodies as they came, and one that finds fields and people in them.
SOURCES = {"plain": SETTINGS, "mapped": SETTINGS | {"mapping": MAPPING}}
SERVER, OTHERS = 0, 1
MOST_PER_SECOND = 40_000


class Turns:
    """Lets senders at one server after the other, each on the same core."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.turn = 0

    async def of(self, name: str, pid: int, port: int, share: float = 1.0, source: str = "plain") -> dict[str, Any]:
        """Measure one server; a short turn before warms it up."""
        path = f"/in/{source}/{TOKEN}"
        server = psutil.Process(pid)
        server.cpu_affinity([SERVER])
        await self._send(port, path, self.seconds * share / 5)
        before = tree(server)
        answered = await self._send(port, path, self.seconds * share)
        spent = tree(server) - before
        count, took = len(answered.seconds), self.seconds * share
        told = {"per_second": round(count / took, 1), "cpu_us": round(spent / count * 1e6, 1)}
        tell(f"{name}: {told} {milliseconds(answered.seconds)}")
        return {**told, **milliseconds(answered.seconds)}

    async def _send(self, port: int, path: str, seconds: float) -> Answered:
        self.turn += 1
        made = requests(path, f"t{self.turn}", int(MOST_PER_SECOND * seconds))
        return await send(port, made, CONNECTIONS, seconds)


@contextlib.contextmanager
def peer(what: str) -> Iterator[tuple[int, int]]:
    """Run a peer; give its process id and port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.door.bare", what, str(port)])  # noqa: S603
    try:
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


async def of_peer(turns: Turns, what: str, share: float) -> dict[str, Any]:
    """Measure a peer."""
    with peer(what) as (pid, port):
        for _ in range(100):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.1)
        return await turns.of(what, pid, port, share)


async def kept(up: Installation) -> tuple[int, int]:
    """Give how many deliveries are kept, and how many messages still wait for the relay."""
    connection = await asyncpg.connect(up.stack.database(up.environment.database("trigger-gateway")))
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM delivery), (SELECT coalesce(sum(messages), 0) FROM outbox)"
    )
    await connection.close()
    assert row is not None
    return int(row[0]), int(row[1])


async def ours(up: Installation, turns: Turns) -> dict[str, Any]:
    """Measure the gateway, and look whether all that was answered is kept."""
    for id_, settings in SOURCES.items():
        record = {"kind": "webhook", "token": TOKEN, "secrets": {"a": SECRET}, "settings": settings}
        await up.crm.configure("source", id_, record)
    await asyncio.sleep(2)  # until the gateway has heard of them
    port = up.environment.port("trigger-gateway.serve")
    pid = listening(port).pid
    told = {id_: await turns.of(f"the door, {id_}", pid, port, source=id_) for id_ in SOURCES}
    rows, waiting = await kept(up)
    return {**told, "kept": rows, "waiting_for_kafka": waiting}


async def measure(seconds: float, kind: stack.Kind) -> dict[str, Any]:
    """Measure all, one after the other."""
    psutil.Process().cpu_affinity([OTHERS])
    turns = Turns(seconds)
    with stack.start(kind, say=tell) as started:
        async with Installation(started, Path(".local"), layout="wide", only=ROLES, say=tell) as up:
            http = await of_peer(turns, "http", 0.5)
            peers = [await of_peer(turns, "bare", 0.5)]
            door = await ours(up, turns)
            peers.append(await of_peer(turns, "bare", 0.5))
    bare = statistics.mean(one["per_second"] for one in peers)
    return {
        "benchmark": "door",
        "connections": CONNECTIONS,
        "door": door,
        "bare": peers,
        "http_layer": http,
        "ratio": {id_: round(door[id_]["per_second"] / bare, 3) for id_ in SOURCES},
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--stack", default="native", choices=["auto", "given", "container", "native"])
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        conclude(**runner.run(measure(chosen.seconds, chosen.stack)))


if __name__ == "__main__":
    main()
