"""HTTP connections that the far end can cut at will, as a crashed provider or a dead link does."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "simulators.transport"


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that hands each request its transport, as an ASGI extension."""

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: MutableMapping[str, Any] = self.scope  # type: ignore[assignment]  # the TypedDict closes what ASGI leaves open
        scope["extensions"] = {TRANSPORT: self.transport}


class Cut(Response):
    """An answer that is none: the connection is aborted and not one byte is sent."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        transport.abort()
        # Returning before the server has seen the end of the connection would make it report a missing answer.
        while (await receive())["type"] != "http.disconnect":
            pass
