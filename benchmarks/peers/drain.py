"""Drains the no-op jobs of PgQueuer or procrastinate, in a venv of their own; speaks as `drain.mjs` does."""

import asyncio
import importlib
import json
import logging
import multiprocessing
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import asyncpg
import uvloop

PROCESSES = 2
CONSUMERS = 2
BATCH = 500
CONCURRENT = 10
FILL = {
    "pgqueuer": (
        "INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status, created, updated, heartbeat)"
        " SELECT 0, 'fire', convert_to(payload::text, 'UTF8'), due_at, 'queued', now(), now(), now()"
        " FROM job ORDER BY due_at LIMIT $1"
    ),
    "procrastinate": (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, scheduled_at, status)"
        " SELECT 'default', 'fire', id::text, jsonb_build_object('p', payload), due_at, 'todo'"
        " FROM job ORDER BY due_at LIMIT $1"
    ),
}
LEFT = {
    "pgqueuer": "SELECT count(*) FROM pgqueuer WHERE execute_after <= now()",
    "procrastinate": "SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at <= now()",
}
Count = Callable[[], None]


def procrastinate_app(url: str) -> Any:
    """Make procrastinate's application."""
    import procrastinate  # type: ignore[import-not-found]  # noqa: PLC0415  only one of the two is needed

    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=2, max_size=CONCURRENT + 2)
    return procrastinate.App(connector=connector)


async def install(system: str, url: str, connection: Any) -> None:
    """Make the library's tables, with the settings that it advises."""
    if system == "pgqueuer":
        from pgqueuer.db import AsyncpgDriver  # type: ignore[import-not-found]  # noqa: PLC0415
        from pgqueuer.queries import Queries  # type: ignore[import-not-found]  # noqa: PLC0415

        queries = Queries(AsyncpgDriver(connection))
        await queries.install()
        await queries.optimize_autovacuum()
        return
    async with procrastinate_app(url).open_async() as app:
        await app.schema_manager.apply_schema_async()
    await connection.execute("ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER")


async def pgqueuer(url: str, count: Count) -> None:
    """Consume as PgQueuer's own benchmark does: each consumer with a connection."""
    from pgqueuer import PgQueuer  # type: ignore[import-not-found]  # noqa: PLC0415
    from pgqueuer.db import AsyncpgDriver  # noqa: PLC0415

    async def fire(_: Any) -> None:
        count()

    async def consume() -> None:
        queue = PgQueuer(AsyncpgDriver(await asyncpg.connect(url)))
        queue.entrypoint("fire")(fire)
        await queue.run(batch_size=BATCH, dequeue_timeout=timedelta(seconds=30), max_concurrent_tasks=1000)

    await asyncio.gather(*(consume() for _ in range(CONSUMERS)))


async def procrastinate(url: str, count: Count) -> None:
    """Consume with procrastinate's worker."""
    app = procrastinate_app(url)

    async def fire(**_: Any) -> None:
        count()

    app.task(name="fire")(fire)
    async with app.open_async():
        await app.run_worker_async(concurrency=CONCURRENT, delete_jobs="always", install_signal_handlers=False)


SYSTEMS: dict[str, Callable[[str, Count], Coroutine[Any, Any, None]]] = {
    "pgqueuer": pgqueuer,
    "procrastinate": procrastinate,
}


def work(system: str, url: str, ready: Any, go: Any, done: Any) -> None:
    """Be one worker process."""
    logging.disable(logging.CRITICAL)
    importlib.import_module(system)
    ready.release()
    go.wait()

    def count() -> None:
        with done.get_lock():
            done.value += 1

    uvloop.run(SYSTEMS[system](url, count))


async def main(told: dict[str, Any]) -> None:
    """Fill, wait for the word, drain, and say how many were handled within the time that is allowed."""
    system, url = told["system"], told["url"]
    connection = await asyncpg.connect(url)
    await install(system, url, connection)
    await connection.execute(FILL[system], told["n"], timeout=600)
    if system == "procrastinate":
        await connection.execute("ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER")
    await connection.execute("VACUUM ANALYZE", timeout=600)
    await connection.execute("CHECKPOINT", timeout=600)
    context = multiprocessing.get_context("spawn")
    ready, go, done = context.Semaphore(0), context.Event(), [context.Value("l", 0) for _ in range(PROCESSES)]
    workers = [context.Process(target=work, args=(system, url, ready, go, one), daemon=True) for one in done]
    for worker in workers:
        worker.start()
    for _ in workers:
        await asyncio.to_thread(ready.acquire)
    await asyncio.sleep(0.2)
    say({"pids": [worker.pid for worker in workers]})
    await asyncio.to_thread(sys.stdin.readline)
    go.set()
    await drained(told, connection, done)
    handled = told["n"] - await connection.fetchval(LEFT[system], timeout=600)
    say({"handled": handled})
    await asyncio.to_thread(sys.stdin.readline)
    for worker in workers:
        worker.kill()


async def drained(told: dict[str, Any], connection: Any, done: Any) -> None:
    """Wait until all is handled and completed, or until it takes too long."""
    left = LEFT[told["system"]]
    until = time.monotonic() + told["at_most"]
    while time.monotonic() < until and sum(one.value for one in done) < told["n"]:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    while time.monotonic() < until and await connection.fetchval(left):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def say(line: dict[str, Any]) -> None:
    """Say a line to who measures."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
