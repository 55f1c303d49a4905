"""Listening: an HTTP and an SMTP server inside the running event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from simulators.connection import CuttableProtocol
from simulators.mail import Mailbox

GRACE_SECONDS = 1


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever owns the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving_http(app: ASGIApp, host: str, port: int) -> AsyncIterator[str]:
    """Serve until the block ends; give the base URL. Requests still open a second later are cut."""
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    listener = socket.create_server((host, port), backlog=config.backlog)
    serving = asyncio.create_task(server.serve([listener]))
    await server.ready.wait()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        for connection in list(server.server_state.connections):
            connection.transport.abort()


@contextlib.asynccontextmanager
async def serving_smtp(mailbox: Mailbox, host: str, port: int) -> AsyncIterator[str]:
    """Serve until the block ends, then cut what is open; give host:port."""
    server = await asyncio.get_running_loop().create_server(mailbox.connection, host, port)
    try:
        yield f"{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in list(mailbox.open):
            connection.cut()
        await server.wait_closed()
