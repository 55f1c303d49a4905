"""How a process begins and ends: its tasks run together, and the end of one is the end of all."""

import asyncio
import contextlib
import ctypes
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog

from chassis.errors import Fatal

Task = Callable[[asyncio.Event], Awaitable[None]]
STOPS_WITHIN = 30.0
# Messages make many short-lived objects and no cycles; looking for cycles less often is time saved.
GC_THRESHOLD = (200_000, 20, 20)
# Names and bytes for `mallopt` of glibc: what is freed up to this size stays with the process (M_TRIM_THRESHOLD),
# and only what is larger is asked of the system each time (M_MMAP_THRESHOLD, of which this is the most).
MEMORY_KEPT = {-1: 64 << 20, -3: 32 << 20}
log = structlog.get_logger()


async def together(tasks: Sequence[Task], stop: asyncio.Event) -> None:
    """Run tasks until `stop` is set; one that ends or fails sets it for the others.

    Raises the first failure. A task that does not end in time after `stop` is cancelled.
    """
    running = [asyncio.create_task(run(task, stop)) for task in tasks]
    await stop.wait()
    _, late = await asyncio.wait(running, timeout=STOPS_WITHIN)
    for task in late:
        log.error("lifecycle: a task did not end in time", task=repr(task))
        task.cancel()
    ends = await asyncio.gather(*running, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def run(task: Task, stop: asyncio.Event) -> None:
    """Run one task; whatever its end, the others are told to stop."""
    try:
        await task(stop)
    finally:
        stop.set()


def keep_memory() -> bool:
    """Keep memory that requests of some megabytes need again at once; say whether the system's allocator can.

    To give it back and fetch it again, page by page, costs a relay more than to copy what it sends.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        return all(mallopt(name, size) == 1 for name, size in MEMORY_KEPT.items())
    return False


async def until_signalled(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run work with a stop event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # What lives as long as the process need not be looked at by each collection.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    keep_memory()
    await work(stop)


def fastest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Give uvloop's loop where it is installed, else None for the standard one."""
    try:
        import uvloop  # noqa: PLC0415  not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


def main(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a process; it exits with 1, and says why, when it cannot go on."""
    try:
        with asyncio.Runner(loop_factory=fastest_loop()) as runner:
            runner.run(until_signalled(work))
    except Fatal as error:
        log.critical("lifecycle: cannot go on", reason=str(error))
        sys.exit(1)
    except Exception:
        log.exception("lifecycle: ended by a failure")
        sys.exit(1)
