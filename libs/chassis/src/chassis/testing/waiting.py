"""Waiting for what happens at its own pace, with an end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from chassis.lifecycle import Task, run
from chassis.process import Process

Found = TypeVar("Found")


async def eventually(
    look: Callable[[], Awaitable[Found | None]], *, within: float = 60.0, every: float = 0.03
) -> Found:
    """Look again and again until something true is found, and give it; fails with the last that was seen.

    `within` only ends what hangs: it is for a machine that is many times slower and busier than ours.
    """
    found: Found | None = None
    try:
        async with asyncio.timeout(within):
            while not (found := await look()):  # noqa: ASYNC110  what is looked at has no event to wait for
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"it did not happen within {within} s; last seen: {found!r}") from None
    return found


@asynccontextmanager
async def running_tasks(*tasks: Task) -> AsyncIterator[None]:
    """Run tasks inside this process while the block lasts; a failure of one fails the test."""
    stop = asyncio.Event()
    started = [asyncio.create_task(run(task, stop)) for task in tasks]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*started)


def running(*processes: Process[Any]) -> AbstractAsyncContextManager[None]:
    """Run processes inside this one while the block lasts; a failure of one fails the test."""
    return running_tasks(*(process.run for process in processes))
