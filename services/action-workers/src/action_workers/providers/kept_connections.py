"""Connections to a provider that are kept open: who needs one takes the last that was put back.

The pool of `httpcore` looks at every connection of it, and asks the system for each that idles, whenever a request
begins and whenever one ends; with twenty at once that is two thirds of what a request costs. Here only the one that is
taken is looked at. What speaks over a connection is all `httpcore`'s.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import NamedTuple

import httpcore
import httpx
from typing_extensions import override

# Connections that idle longer, in seconds, may be closed by the far end just as we write to them.
KEPT_FOR = 3.0
MOST_KEPT = 50

Connection = httpcore.AsyncConnectionInterface
Place = tuple[bytes, bytes, int | None]


class Kept(NamedTuple):
    """A connection that idles since a moment of the monotonic clock."""

    connection: Connection
    since: float


class KeptConnections(httpcore.AsyncConnectionPool):
    """As many connections as there are requests at once; how many that may be is said by whoever asks."""

    def __init__(self) -> None:
        super().__init__(ssl_context=httpx.create_ssl_context(), keepalive_expiry=KEPT_FOR)
        self._kept: dict[Place, deque[Kept]] = {}

    @override
    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        connection = await self._taken(request.url.origin)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        body = Body(response, connection, partial(self._put_back, request.url.origin))
        return httpcore.Response(
            response.status, headers=response.headers, content=body, extensions=response.extensions
        )

    @override
    async def aclose(self) -> None:
        for kept in self._kept.values():
            while kept:
                await kept.popleft().connection.aclose()

    async def _put_back(self, origin: httpcore.Origin, connection: Connection) -> None:
        kept, now = self._kept.setdefault(_place(origin), deque()), time.monotonic()
        if connection.is_idle():
            kept.append(Kept(connection, now))
        while kept and (kept[0].since < now - KEPT_FOR or len(kept) > MOST_KEPT):
            await kept.popleft().connection.aclose()

    async def _taken(self, origin: httpcore.Origin) -> Connection:
        kept = self._kept.get(_place(origin))
        while kept:
            connection = kept.pop().connection
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return self.create_connection(origin)


class Body:
    """The body of an answer; its connection is put back when it was read, or nobody reads on."""

    def __init__(
        self, response: httpcore.Response, connection: Connection, put_back: Callable[[Connection], Awaitable[None]]
    ) -> None:
        self._response = response
        self._connection = connection
        self._put_back = put_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_stream():
            yield part

    async def aclose(self) -> None:
        """Let go of the connection, which closes itself where something of the answer is left."""
        try:
            await self._response.aclose()
        except BaseException:
            await self._connection.aclose()
            raise
        await self._put_back(self._connection)


class Transport(httpx.AsyncHTTPTransport):
    """What `httpx` sends requests by, over connections that are kept here."""

    def __init__(self) -> None:
        self._pool = KeptConnections()


def _place(origin: httpcore.Origin) -> Place:
    return origin.scheme, origin.host, origin.port
