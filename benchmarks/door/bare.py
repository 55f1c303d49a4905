"""A bare Starlette route that checks the same HMAC and keeps nothing, or the gateway's HTTP layer alone. Peers only."""

import argparse
import asyncio
import hashlib
import hmac
import json
from typing import Any

import uvicorn
from chassis.database import Database
from chassis.http import Health, application
from chassis.principals import Tokens
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from trigger_gateway.front import PATH, fronted
from trigger_gateway.knocks import Bounds, knock
from trigger_gateway.refusals import counted

from benchmarks.door.callers import SECRET

BOUNDS = Bounds(1_048_576)


async def check(request: Request) -> Response:
    """Check the signature and read the body."""
    body = await request.body()
    made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest("sha256=" + made, request.headers.get("x-signature", "")):
        return JSONResponse({"title": "The signature does not hold"}, 401)
    json.loads(body)
    return JSONResponse({"received": True})


async def only_http(request: Request) -> Response:
    """Do all that the gateway does with HTTP, and nothing else."""
    await knock(request, BOUNDS)
    return JSONResponse({"received": True})


def bare() -> Any:
    """Give the bare route."""
    return Starlette(routes=[Route(PATH, check, methods=["POST"])])


def http_layer() -> Any:
    """Give the gateway's application with a door that does nothing."""
    app = application("door", Health(Database("postgresql://nobody@127.0.0.1/nothing")), Tokens({}))
    app.router.routes.append(Route(PATH, counted("in", only_http), methods=["POST"]))
    return fronted(app)


async def serve(what: str, port: int) -> None:
    """Serve as the gateway is served."""
    app = bare() if what == "bare" else http_layer()
    config = uvicorn.Config(
        app, "127.0.0.1", port, log_config=None, access_log=False, proxy_headers=False, server_header=False
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """Serve one of both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["bare", "http"])
    parser.add_argument("port", type=int)
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=__import__("uvloop").new_event_loop) as runner:
        runner.run(serve(chosen.what, chosen.port))


if __name__ == "__main__":
    main()
