"""HTTP: an application with health, metrics and problem+json, and the server that ends when the process does."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chassis import problems
from chassis.database import Database
from chassis.principals import Tokens

Check = Callable[[], bool]


class Health:
    """What makes a process live (its loops turn) and ready (it can do its work now)."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.live: dict[str, Check] = {}
        self.ready: dict[str, Check] = {}

    def livez(self) -> JSONResponse:
        """Say whether every loop turned lately; where not, a restart helps."""
        return told({name: check() for name, check in self.live.items()})

    async def readyz(self) -> JSONResponse:
        """Say whether the work can be done now."""
        told_ready = {name: check() for name, check in self.ready.items()}
        return told({**told_ready, "database": await self.database.answers()})


def told(checks: Mapping[str, bool]) -> JSONResponse:
    """Answer 200 where all checks hold, else 503, naming each."""
    return JSONResponse(
        {name: "ok" if held else "failing" for name, held in checks.items()}, 200 if all(checks.values()) else 503
    )


def application(title: str, health: Health, tokens: Tokens, *, description: str = "") -> FastAPI:
    """Make an application that answers `/livez`, `/readyz`, `/metrics`, and every error as problem+json."""
    app = FastAPI(title=title, description=description, version="1")
    app.state.tokens = tokens
    problems.install(app)
    app.add_api_route("/livez", health.livez, include_in_schema=False)
    app.add_api_route("/readyz", health.readyz, include_in_schema=False)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    return app


def metrics() -> Response:
    """Give the metrics of the process in Prometheus' format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class Server(uvicorn.Server):
    """Leaves signals to the lifecycle."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def behind(app: ASGIApp, proxies: Collection[str]) -> ASGIApp:
    """Give an application that believes proxies, by address or network, of whom they ask for; itself without any."""
    # The types of the library and of Starlette are the same protocol in other words.
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), [*proxies])) if proxies else app


def serve(app: ASGIApp, host: str, port: int, proxies: Collection[str] = ()) -> Callable[[asyncio.Event], Any]:
    """Give the task that serves an application until told to stop."""
    config = uvicorn.Config(
        behind(app, proxies),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # it would believe whoever asks from this machine
        server_header=False,
        timeout_graceful_shutdown=10,
    )

    async def task(stop: asyncio.Event) -> None:
        server = Server(config)
        ends = asyncio.create_task(end(server, stop))
        try:
            await server.serve()
        finally:
            ends.cancel()

    async def end(server: Server, stop: asyncio.Event) -> None:
        await stop.wait()
        server.should_exit = True

    return task
