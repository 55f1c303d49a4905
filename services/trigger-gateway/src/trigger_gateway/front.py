"""The door stands before everything else of the application, whose own layers would cost more than the door's work."""

from collections.abc import Awaitable, Callable

import structlog
from chassis.database import CONTENDED, UNREACHABLE
from chassis.problems import Problem, on_contended, on_unreachable
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]
PATH = "/in/{source}/{token}"
DOOR = "/in/"
PARTS = 2
log = structlog.get_logger()


def fronted(app: FastAPI) -> ASGIApp:
    """Give an application whose door, where it has one, stands before it."""
    doors = (route.endpoint for route in app.routes if isinstance(route, Route) and route.path == PATH)
    endpoint = next(doors, None)
    return app if endpoint is None else Front(app, endpoint)


class Front:
    """Takes `POST /in/{source}/{token}` itself, and leaves all else to the application."""

    def __init__(self, app: ASGIApp, endpoint: Endpoint) -> None:
        self.app = app
        self.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(DOOR):
            await self.app(scope, receive, send)
            return
        parts = scope["path"].removeprefix(DOOR).split("/")
        if len(parts) != PARTS or not all(parts):
            await self.app(scope, receive, send)
            return
        scope["path_params"] = {"source": parts[0], "token": parts[1]}
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self.endpoint(request)
        except Problem as problem:
            return problem.response()
        except UNREACHABLE as error:
            return await on_unreachable(request, error)
        except CONTENDED as error:
            return await on_contended(request, error)
        except Exception:
            log.exception("door: a delivery could not be taken")
            return JSONResponse({"title": "Internal Server Error", "status": 500}, 500)
