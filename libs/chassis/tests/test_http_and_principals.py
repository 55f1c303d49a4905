"""HTTP answers: health, who asks, and problems that name the field and the fix."""

from collections.abc import AsyncIterator

import httpx
import pytest
from chassis import telemetry
from chassis.database import Database
from chassis.http import Health, application
from chassis.principals import Caller, Tokens
from chassis.problems import Problem
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr

from .conftest import Service


class Order(BaseModel):
    amount: int


def shop(database: Database) -> FastAPI:
    app = application("shop", Health(database), Tokens({"user:mara": SecretStr("secret-of-mara")}))

    @app.get("/me")
    async def me(caller: Caller) -> str:
        return caller.name

    @app.post("/orders")
    async def order(order: Order) -> int:
        if order.amount > 10:
            raise Problem(409, "Too many", detail="10 are left", field="amount", fix="order 10 or fewer", left=10)
        return order.amount

    @app.get("/slow")
    async def slow() -> None:
        async with database.transaction() as tx:
            await tx.execute("SET LOCAL statement_timeout = 1")
            await tx.fetchval("SELECT pg_sleep(60)")

    @app.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError

    return app


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(shop(service.database))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def test_a_token_says_who_asks(client: httpx.AsyncClient) -> None:
    answer = await client.get("/me", headers={"Authorization": "Bearer secret-of-mara"})
    assert answer.json() == "user:mara"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic c2VjcmV0"}])
async def test_without_a_valid_token_it_is_401_and_says_how(client: httpx.AsyncClient, header: dict[str, str]) -> None:
    answer = await client.get("/me", headers=header)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert "Authorization: Bearer" in answer.json()["detail"]


async def test_a_wrong_field_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json={"amount": "many"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "amount"


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe"])
async def test_a_body_that_is_not_json_is_a_clear_4xx(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/orders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_problem_names_field_fix_and_more(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json={"amount": 11})
    assert (answer.status_code, answer.json()["left"]) == (409, 10)
    assert answer.json()["errors"] == [{"field": "amount", "problem": "10 are left", "fix": "order 10 or fewer"}]


async def test_problems_are_counted_by_their_status(client: httpx.AsyncClient) -> None:
    def counted() -> float:
        return float(telemetry.PROBLEMS.labels("409")._value.get())

    before = counted()
    await client.post("/orders", json={"amount": 11})
    assert counted() == before + 1


async def test_what_is_not_there_is_a_problem_too(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_database_that_is_away_is_503_with_retry_after(client: httpx.AsyncClient) -> None:
    answer = await client.get("/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_what_takes_too_long_is_503_and_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/slow")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["title"] == "This took too long; ask for less, or try again"


async def test_health_says_what_fails(service: Service) -> None:
    health = Health(service.database)
    health.live["loop"] = lambda: False
    health.ready["loop"] = lambda: True
    app = application("shop", health, Tokens({}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client:
        live, ready, metrics = [await client.get(path) for path in ("/livez", "/readyz", "/metrics")]
    assert (live.status_code, live.json()) == (503, {"loop": "failing"})
    assert (ready.status_code, ready.json()) == (200, {"loop": "ok", "database": "ok"})
    assert "signalbox_consumed_total" in metrics.text
