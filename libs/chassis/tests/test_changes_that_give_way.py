"""Two requests in each other's way: the one that gives way is told to come again, and that nothing was kept."""

from typing import Any, cast

import asyncpg
import httpx
import pytest
from chassis.database import CONTENDED, Database
from chassis.http import Health, application
from chassis.principals import Tokens
from fastapi import FastAPI


def shop(error: type[Exception]) -> FastAPI:
    """Give an application whose one operation gives way."""
    app = application("shop", Health(cast("Database", None)), Tokens({}))

    @app.post("/orders")
    async def order() -> None:
        raise error("there was another one")

    return app


@pytest.mark.parametrize("error", CONTENDED)
async def test_who_gives_way_is_told_to_come_again(error: type[asyncpg.PostgresError]) -> None:
    transport = httpx.ASGITransport(shop(error))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        answer = await client.post("/orders")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    told: dict[str, Any] = answer.json()
    assert told["title"] == "Somebody else changes the same; try again"
