"""Work in the background that looks again and again whether there is something to do."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from chassis.database import CONTENDED, UNREACHABLE
from chassis.retry import Pauses

log = structlog.get_logger()


async def turn_until(stop: asyncio.Event, turn: Callable[[], Awaitable[bool]], *, every: float, task: str) -> None:
    """Take turns every so many seconds, at once after one that says that there is more to do, until told to stop.

    Trouble of the database is waited out; `task` names in the log what waits.
    """
    pauses = iter(Pauses())
    while not stop.is_set():
        try:
            pause = 0 if await turn() else every
            pauses = iter(Pauses())
        except (*UNREACHABLE, *CONTENDED) as error:
            log.warning("turning: waits for the database", task=task, error=repr(error))
            pause = next(pauses)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
