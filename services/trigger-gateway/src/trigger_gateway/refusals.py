"""Counts what the gateway refuses, at each of its doors."""

from collections.abc import Awaitable, Callable

from chassis.problems import Problem
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]
REFUSED = Counter("signalbox_refused", "Requests from outside that were refused", ["door", "status"])
BAD_REQUEST = 400


def counted(door: str, endpoint: Endpoint) -> Endpoint:
    """Give an endpoint whose refusals are counted under its door, however it tells them."""

    async def receive(request: Request) -> Response:
        try:
            response = await endpoint(request)
        except Problem as problem:
            REFUSED.labels(door, str(problem.status)).inc()
            raise
        if response.status_code >= BAD_REQUEST:
            REFUSED.labels(door, str(response.status_code)).inc()
        return response

    return receive
