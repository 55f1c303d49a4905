"""Workers that are made to be killed: real processes on a test's database, forked from one that has all imported."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, NoReturn

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from chassis.secrets import Sealer
from contracts.config import Connection
from pydantic import SecretStr

from action_workers.attempts import Attempts
from action_workers.executor import Executor
from action_workers.providers import PROVIDERS, Accounts


class Nursery:
    """Gives birth to workers of one kind, and kills them."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def worker(self) -> int:
        """Start a worker, and give its process id."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"go\n")
        return int(await self.process.stdout.readline())

    @staticmethod
    def kill(worker: int) -> None:
        """Kill a worker where it stands."""
        os.kill(worker, signal.SIGKILL)


@asynccontextmanager
async def nursery(kind: str, database_url: str, secret_key: str, own: Sequence[Connection]) -> AsyncIterator[Nursery]:
    """Open a nursery for as long as the block lasts."""
    told = {"kind": kind, "database_url": database_url, "secret_key": secret_key}
    given = json.dumps({**told, "own": [c.model_dump(mode="json") for c in own]})
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, given, stdin=PIPE, stdout=PIPE)
    try:
        yield Nursery(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def work(told: dict[str, Any]) -> None:
    """Carry out effects until killed."""
    sealer = Sealer(SecretStr(told["secret_key"]))
    own = [Connection.model_validate(one) for one in told["own"]]
    async with Database(told["database_url"]) as database, Accounts(PROVIDERS, sealer) as accounts:
        executor = Executor(
            told["kind"],
            database=database,
            outbox=Outbox(Kafka("nowhere", partitions=1), "/action-workers"),
            config=ConfigCopy(database, Knowledge.grown),
            attempts=Attempts(accounts, *own),
        )
        executor.claiming.lasts = timedelta(seconds=60)
        await executor.run(asyncio.Event())


def main() -> NoReturn:
    """Fork a worker for each line that comes in, and say its process id."""
    told = json.loads(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children = []
    for _ in sys.stdin:
        if child := os.fork():
            children.append(child)
            print(child, flush=True)  # noqa: T201  the test reads it
            continue
        # Only process ids go the way that the test reads.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        asyncio.run(work(told))
    sys.exit(0)


if __name__ == "__main__":
    main()
