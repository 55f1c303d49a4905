"""The front of the door answers as the application behind it would, whatever goes wrong."""

from typing import Any

import asyncpg
import httpx
import pytest
from chassis.problems import Problem
from starlette.requests import Request
from starlette.responses import Response
from trigger_gateway.front import Front


async def behind(*_: Any) -> None:
    raise AssertionError("the door takes it itself")


@pytest.mark.parametrize(
    ("error", "status", "again"),
    [
        (Problem(404, "Nothing is here"), 404, None),
        (ConnectionRefusedError(), 503, "1"),
        (asyncpg.DeadlockDetectedError("two in a ring"), 503, "1"),
        (LookupError("a mistake of ours"), 500, None),
    ],
)
async def test_what_goes_wrong_is_told(error: Exception, status: int, again: str | None) -> None:
    async def door(_: Request) -> Response:
        raise error

    transport = httpx.ASGITransport(Front(behind, door))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answer = await client.post("/in/shop/token")
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, again)
