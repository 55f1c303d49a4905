"""The parts that one process of a service is made of, and how they run together; `main.py` wires with it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from contracts.topics import Topic
from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis import config_copy, freshness
from chassis.config_copy import Build, ConfigCopy
from chassis.consumer import COMMIT_EVERY, COMMIT_EVERY_IN_REHEARSAL, Consumer
from chassis.database import Database, Transaction
from chassis.handling import Reader
from chassis.http import Health, application, serve
from chassis.kafka import Kafka
from chassis.lifecycle import Task, together
from chassis.outbox import Outbox
from chassis.principals import Tokens
from chassis.received import Received
from chassis.relay import Relay
from chassis.settings import ServiceSettings
from chassis.timers import Fire, Gate, Timers

View = TypeVar("View")


class Process(Generic[View]):
    """One process of a service: its database, outbox, config, health, and the tasks of its roles."""

    def __init__(self, service: str, settings: ServiceSettings, database: Database, build: Build[View]) -> None:
        self.service = service
        self.settings = settings
        self.database = database
        self.kafka = Kafka.of(settings)
        self.outbox = Outbox(self.kafka, f"/{service}")
        self.config: ConfigCopy[View] = ConfigCopy(database, build)
        self.health = Health(database)
        self.tasks: list[Task] = []

    @property
    def _commit_every(self) -> float:
        return COMMIT_EVERY_IN_REHEARSAL if self.settings.rehearsal else COMMIT_EVERY

    def application(self, description: str) -> FastAPI:
        """Make the HTTP application of this process, with health and metrics."""
        return application(self.service, self.health, Tokens(self.settings.tokens), description=description)

    def relay(self, progress: Sequence[Topic] = ()) -> None:
        """Carry the outbox; announce progress on these topics."""
        settings = self.settings
        relay = Relay(
            self.database,
            self.outbox,
            poll=settings.relay_poll,
            progress=progress,
            progress_every=settings.progress_every,
        )
        self.tasks.append(relay.run)

    def read(self, reader: Reader) -> Consumer:
        """Run a reader; it waits for the config that its records name."""
        consumer = Consumer(
            reader,
            kafka=self.kafka,
            database=self.database,
            outbox=self.outbox,
            config=self.config,
            dead_letter_limit=self.settings.dead_letter_limit,
            commit_every=self._commit_every,
        )
        self.health.live[reader.group] = consumer.alive
        self.health.ready[reader.group] = consumer.ready
        self.tasks.append(consumer.run)
        return consumer

    def copy_config(self, *, note_progress: bool = False, on: config_copy.Hooks | None = None) -> None:
        """Keep this service's copy of the config; a record that cannot be read ends the process.

        `note_progress` also keeps how fresh the copy is, for a service that holds back on stale knowledge. `on` says
        by kind what else happens, in the same transaction, whenever such a record comes; a repeat must be harmless.
        """

        async def keep(tx: Transaction, batch: Sequence[Received]) -> None:
            await config_copy.store(tx, batch, on or {})
            if note_progress:
                await freshness.note(tx, batch)

        reader = Reader(
            group=f"{self.service}.config",
            topics=config_copy.TOPICS,
            reads=config_copy.READS,
            handle=keep,
            stop_on_dead=True,
        )
        consumer = Consumer(
            reader, kafka=self.kafka, database=self.database, outbox=self.outbox, commit_every=self._commit_every
        )
        self.health.live[reader.group] = consumer.alive
        self.tasks.append(consumer.run)

    def timers(
        self, lane: str, fire: Fire, *, tick: float = 0.25, woken: asyncio.Event | None = None, gate: Gate | None = None
    ) -> Timers:
        """Take the due timers of a lane."""
        timers = Timers(self.database, lane, fire, tick=tick, woken=woken, gate=gate)
        self.tasks.append(timers.run)
        return timers

    def serve(self, app: ASGIApp) -> None:
        """Serve an application on the settings' host and port."""
        proxies = [str(one) for one in self.settings.trusted_proxies]
        self.tasks.append(serve(app, self.settings.host, self.settings.port, proxies))

    async def run(self, stop: asyncio.Event) -> None:
        """Run all tasks until told to stop; raises the first failure."""
        await together(self.tasks, stop)


@asynccontextmanager
async def opened(service: str, settings: ServiceSettings, build: Build[View]) -> AsyncIterator[Process[View]]:
    """Open a process's database for as long as the block lasts."""
    async with Database(settings.database_url.get_secret_value(), size=settings.database_pool) as database:
        yield Process(service, settings, database, build)
