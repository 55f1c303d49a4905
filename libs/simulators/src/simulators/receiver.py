"""The other end of callbacks and webhooks: an HTTP server that keeps what providers send to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response

from simulators.serving import serving_http


@dataclass(frozen=True)
class Received:
    """One request as it came: the full URL, its headers and raw body."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Keeps each POST and answers it with the next of `statuses`, then 200."""

    base: str = ""
    got: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: Request) -> Response:
        """Keep one request."""
        self.got.append(Received(str(request.url), dict(request.headers), await request.body()))
        self.arrived.set()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver on a free port until the block ends."""
    receiver, app = Receiver(), FastAPI()
    app.add_api_route("/{path:path}", receiver.receive, methods=["POST"])
    async with serving_http(app, "127.0.0.1", 0) as receiver.base:
        yield receiver
