"""The servers of a run: as durable as in production, and with memory and checkpoints that suit a queue."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from stack import Running, Stack

# The same for all who are measured. No checkpoint falls into one run and not into its neighbour's.
SETTINGS = {
    "track_commit_timestamp": "on",
    "shared_buffers": "2GB",
    "effective_cache_size": "12GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
    "min_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_cost_limit": "2000",
}


@contextmanager
def tuned(running: Running) -> Iterator[Stack]:
    """Start the servers with these settings."""
    with running as started:
        if started.kind == "native":
            asyncio.run(tune(started))
            running.restart_postgres(immediate=False)
        yield started


async def tune(started: Stack) -> None:
    """Write the settings."""
    connection = await asyncpg.connect(started.postgres)
    for name, value in SETTINGS.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.close()
