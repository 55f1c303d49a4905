"""Looks at everything now and then, for as long as the process lives, and serves what it saw."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine

import asyncpg
import structlog
from aiokafka.errors import KafkaError
from chassis.http import serve, told
from chassis.kafka import Kafka
from chassis.lifecycle import together
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signalbox.settings import DATABASES, Settings
from signalbox.watching.figures import WATCHED, Board, Sample
from signalbox.watching.lag import look_at_lag
from signalbox.watching.store import look_at_database

LOOK_EVERY = 15.0
LOOK_WITHIN = 30.0
AWAY = (OSError, TimeoutError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError)
log = structlog.get_logger()


class Looking:
    """One process that looks; who is away is a figure too, and stops no other look."""

    def __init__(self, settings: Settings, *, every: float = LOOK_EVERY) -> None:
        self.settings = settings
        self.every = every
        self.board = Board()
        self._turned_at = time.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Look and serve until told to stop."""
        serving = serve(self.application(), self.settings.watch_host, self.settings.watch_port)
        await together([serving, self.look_again], stop)

    async def look_again(self, stop: asyncio.Event) -> None:
        """Look, rest, and look again."""
        while not stop.is_set():
            self.board.show(await self.look())
            self._turned_at = time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.every)

    async def look(self) -> list[Sample]:
        """Look at the broker and each database that is named, all at once."""
        urls = {service: self.settings.database(service) for service in DATABASES}
        looks = {"broker": look_at_lag(Kafka.of(self.settings))}
        looks |= {service: look_at_database(service, url) for service, url in urls.items() if url}
        found = await asyncio.gather(*(answered(what, look) for what, look in looks.items()))
        return [sample for samples in found for sample in samples]

    def application(self) -> Starlette:
        """Give what is asked over HTTP."""

        async def alive(_: Request) -> Response:
            return told({"looks": time.monotonic() - self._turned_at < self.every + 2 * LOOK_WITHIN})

        async def metrics(_: Request) -> Response:
            return Response(generate_latest(self.board.registry), media_type=CONTENT_TYPE_LATEST)

        return Starlette(routes=[Route("/livez", alive), Route("/readyz", alive), Route("/metrics", metrics)])


async def answered(what: str, look: Coroutine[None, None, list[Sample]]) -> list[Sample]:
    """Give what a look found and that it was answered, or that it was not."""
    try:
        async with asyncio.timeout(LOOK_WITHIN):
            found = await look
    except AWAY as error:
        log.warning("watch: no answer", what=what, error=repr(error))
        return [Sample(WATCHED, (what,), 0)]
    return [*found, Sample(WATCHED, (what,), 1)]
