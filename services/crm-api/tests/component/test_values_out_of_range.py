"""A value that nobody checked and that the database cannot take is bad input, not a database that is away."""

from typing import Any

import httpx
import pytest
from chassis import problems
from crm_api.http import refusals
from fastapi import FastAPI


@pytest.mark.parametrize(
    ("query", "value", "words"),
    [("SELECT $1::int", 2**40, "int32"), ("SELECT $1::text::int", str(2**40), "out of range")],
    ids=["before it is sent", "by the database"],
)
async def test_a_number_that_is_too_large_is_refused_and_told(crm: Any, query: str, value: Any, words: str) -> None:
    app = FastAPI()
    problems.install(app)
    refusals.install(app)

    @app.get("/")
    async def ask() -> None:
        async with crm.process.database.transaction() as tx:
            await tx.fetchval(query, value)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/")
    [error] = answer.json()["errors"]
    assert (answer.status_code, words in error["problem"], bool(error["fix"])) == (422, True, True)
