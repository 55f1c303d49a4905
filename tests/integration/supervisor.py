"""Somebody who starts again what ends, as a supervisor of processes does."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import httpx

from deploy.local.installation import is_ok
from tests.integration.world import World

LONG = 400.0
LOOK_AGAIN = 0.1


class Supervisor:
    """Starts a process again when it has ended, while the block lasts.

    Killed or not: one whose Kafka client broke for good ends by itself, on purpose, and that may be long after the
    broker was away.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    async def __aenter__(self) -> Self:
        """Begin to look after the processes."""
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._looking

    async def all_ready(self) -> None:
        """Wait until each process runs and is ready."""
        up = self.world.installation

        async def waiting() -> list[str]:
            async with httpx.AsyncClient(trust_env=False) as client:
                return [name for name in up.names if not await is_ok(client, f"{up.environment.url(name)}/readyz")]

        async def ready() -> bool:
            return not await waiting()

        await self.world.until(ready, within=LONG, otherwise=waiting)

    async def _look(self) -> None:
        up = self.world.installation
        while True:
            for name in up.names:
                if up.processes[name].died():
                    up.start(name)
            await asyncio.sleep(LOOK_AGAIN)
