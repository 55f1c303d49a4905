"""Waiting for what happens at its own pace, with an end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from chassis.process import Process

Found = TypeVar("Found")


async def eventually(
    look: Callable[[], Awaitable[Found | None]], *, within: float = 15.0, every: float = 0.03
) -> Found:
    """Look again and again until something true is found, and give it; fails with the last that was seen."""
    found: Found | None = None
    try:
        async with asyncio.timeout(within):
            while not (found := await look()):  # noqa: ASYNC110  what is looked at has no event to wait for
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"it did not happen within {within} s; last seen: {found!r}") from None
    return found


@asynccontextmanager
async def running(*processes: Process[object]) -> AsyncIterator[None]:
    """Run processes inside this one while the block lasts; a failure of one fails the test."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(process.run(stop)) for process in processes]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)
