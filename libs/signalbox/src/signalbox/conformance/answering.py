"""Hears the answers that an app gives later, at an address that it can reach."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from chassis.http import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class Answers:
    """Keeps the first answer to each call; `base` is where the app reaches this machine."""

    base: str
    _heard: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    def address(self, call: str) -> str:
        """Give where a call is answered."""
        return f"{self.base.rstrip('/')}/callbacks/app/{call}"

    async def of(self, call: str, within: float) -> Any:
        """Give the answer to a call; raises `TimeoutError`."""
        async with asyncio.timeout(within):
            return await asyncio.shield(self._future(call))

    async def receive(self, request: Request) -> Response:
        """Take an answer."""
        future = self._future(request.path_params["call"])
        try:
            given = json.loads(await request.body())
        except ValueError:
            given = None
        if not future.done():
            future.set_result(given)
        return JSONResponse({"status": "received"})

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop."""
        app = Starlette(routes=[Route("/callbacks/app/{call}", self.receive, methods=["POST"])])
        parts = urlsplit(self.base)
        await serve(app, "0.0.0.0", parts.port or 80)(stop)  # noqa: S104  the app asks from outside

    def _future(self, call: str) -> asyncio.Future[Any]:
        return self._heard.setdefault(call, asyncio.get_running_loop().create_future())
