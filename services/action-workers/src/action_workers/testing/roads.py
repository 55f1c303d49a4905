"""A far end that is a function, for accounts that are opened meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from action_workers.providers import asking


@contextmanager
def answering(answer: Callable[[httpx.Request], httpx.Response]) -> Iterator[list[httpx.Request]]:
    """Lead accounts to a function, and note what they ask; it may raise what `httpx` raises."""
    asked: list[httpx.Request] = []

    def noted(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    before = asking.ROAD.set(lambda: httpx.MockTransport(noted))
    try:
        yield asked
    finally:
        asking.ROAD.reset(before)
