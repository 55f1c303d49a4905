"""Ends what takes too long, by one timer for all: most is there at once, and a timer for each costs more than it."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

Value = TypeVar("Value")
# Seconds between looks, by which a wait may be longer.
EVERY = 0.25
LATE = -1.0


class Patience:
    """Waits for things, each in a task of its own, and for each no longer than it may take."""

    def __init__(self) -> None:
        self._until: dict[asyncio.Task[Any], float] = {}
        self._looks: asyncio.AbstractEventLoop | None = None

    async def of(self, awaited: Awaitable[Value], seconds: float) -> Value:
        """Wait for so long, up to a look more; raises `TimeoutError`."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  nothing waits outside a task
        self._until[task] = time.monotonic() + seconds
        if self._looks is None:
            self._looks = task.get_loop()
            self._looks.call_later(EVERY, self._look)
        try:
            return await awaited
        except asyncio.CancelledError:
            # Whoever else cancels it in that very turn means it too.
            if self._until[task] != LATE or task.uncancel():
                raise
            raise TimeoutError from None
        finally:
            del self._until[task]

    def _look(self) -> None:
        now = time.monotonic()
        for task, until in self._until.items():
            if until != LATE and now >= until:
                self._until[task] = LATE
                task.cancel()
        if self._until and self._looks is not None:
            self._looks.call_later(EVERY, self._look)
        else:
            self._looks = None
