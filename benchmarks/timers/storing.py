"""Our timers without items: claimed, and one small message of each in the outbox, in one transaction; no relay.

Speaks as the peers' drivers do: `python -m benchmarks.timers.storing '{"url": …, "n": …}'`.
"""

import asyncio
import json
import multiprocessing
import sys
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from chassis.database import Database, Transaction
from chassis.kafka import Kafka
from chassis.lifecycle import fastest_loop, until_signalled
from chassis.migrations import migrate
from chassis.outbox import Outbox, Parcel
from chassis.timers import Timer, Timers
from rule_scheduler.main import VERSIONS

PROCESSES = 2
TOPIC = "actions.sms"
FILL = (
    "INSERT INTO timer (id, lane, due_at, payload)"
    " SELECT id, 'fire', due_at, convert_to(payload::text, 'UTF8') FROM job ORDER BY due_at LIMIT $1"
)
LEFT = "SELECT count(*) FROM timer"


class Storing:
    """Fires timers into the outbox."""

    def __init__(self, database: Database, partitions: int, done: Any) -> None:
        self.database = database
        self.outbox = Outbox(Kafka("nowhere", partitions=partitions), "/bench")
        self.partitions = partitions
        self.done = done

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> Collection[UUID]:
        """Put one message of each timer."""
        parcels = [
            Parcel(TOPIC, timer.id.int % self.partitions, str(timer.id).encode(), [], timer.payload) for timer in timers
        ]
        await self.outbox.put(tx, parcels)
        count = len(timers)
        tx.after_commit(lambda: self.count(count))
        return [timer.id for timer in timers]

    def count(self, more: int) -> None:
        """Count what is committed."""
        self.done.value += more


def work(told: dict[str, Any], ready: Any, go: Any, done: Any) -> None:
    """Be one worker process, begun as each process of ours is."""

    async def fire(stop: asyncio.Event) -> None:
        async with Database(told["url"]) as database:
            ready.release()
            await asyncio.to_thread(go.wait)
            await Timers(database, "fire", Storing(database, told["partitions"], done).fire).run(stop)

    with asyncio.Runner(loop_factory=fastest_loop()) as runner:
        runner.run(until_signalled(fire))


async def main(told: dict[str, Any]) -> None:
    """Fill, wait for the word, drain, and say how many went through."""
    await asyncio.to_thread(migrate, told["url"], VERSIONS)
    connection = await asyncpg.connect(told["url"])
    await connection.execute(FILL, told["n"], timeout=600)
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(statement, timeout=600)
    context = multiprocessing.get_context("spawn")
    ready, go, done = context.Semaphore(0), context.Event(), [context.Value("l", 0) for _ in range(PROCESSES)]
    workers = [context.Process(target=work, args=(told, ready, go, one), daemon=True) for one in done]
    for worker in workers:
        worker.start()
    for _ in workers:
        await asyncio.to_thread(ready.acquire)
    await asyncio.sleep(0.2)
    say({"pids": [worker.pid for worker in workers]})
    await asyncio.to_thread(sys.stdin.readline)
    go.set()
    async with asyncio.timeout(told["at_most"]):
        while sum(one.value for one in done) < told["n"]:  # noqa: ASYNC110  processes tell by a number
            await asyncio.sleep(0.005)
    say({"handled": told["n"] - await connection.fetchval(LEFT)})
    await asyncio.to_thread(sys.stdin.readline)
    for worker in workers:
        worker.terminate()


def say(line: dict[str, Any]) -> None:
    """Say a line to who measures."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
