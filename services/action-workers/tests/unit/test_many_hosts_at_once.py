"""Addresses that rules name: hosts that hang take no room from others."""

import asyncio
from typing import Any

import httpcore
from action_workers.guarded import Allowed, Guard
from typing_extensions import override

HANGS, ANSWERS = "93.184.216.34", "8.8.8.8"
MANY = 150


class Silent(httpcore.AsyncMockStream):
    """A connection on which no answer comes; `waiting` counts those who wait for one."""

    def __init__(self, waiting: asyncio.Semaphore) -> None:
        super().__init__([])
        self.waiting = waiting

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.waiting.release()
        await asyncio.Event().wait()
        return b""


class Road(httpcore.AsyncMockBackend):
    """Leads to one host that takes what is asked and never answers, and to others that do."""

    def __init__(self) -> None:
        super().__init__([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"ok"])
        self.waiting = asyncio.Semaphore(0)

    @override
    async def connect_tcp(self, host: str, *more: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        return Silent(self.waiting) if host == HANGS else await super().connect_tcp(host, *more, **named)


async def test_however_many_wait_for_a_host_that_hangs_another_one_is_asked() -> None:
    road = Road()
    guard = Guard(Allowed(), road)
    waiting = [asyncio.create_task(guard.ask("GET", f"http://{HANGS}/", {})) for _ in range(MANY)]
    for _ in range(100):
        await road.waiting.acquire()
    assert (await guard.ask("GET", f"http://{ANSWERS}/", {})).text == "ok"
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)
    await guard.close()
