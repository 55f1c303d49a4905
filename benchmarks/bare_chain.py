"""The same chain without us: a route that commits a row, one produce, one consume, one HTTP call. A peer only."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI
from pydantic import BaseModel

TOPIC = "bare.moves"


class Move(BaseModel):
    """What is posted."""

    id: str
    phone: str
    stage: str


def application(database: str, kafka: str) -> FastAPI:
    """Make the route."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            asyncpg.create_pool(database, min_size=4, max_size=8) as app.state.pool,
            AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True) as app.state.producer,
        ):
            await app.state.pool.execute("CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, stage text, n int)")
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/move")
    async def move(body: Move) -> dict[str, str]:
        await app.state.pool.execute(
            "INSERT INTO bare VALUES ($1, $2, 1) ON CONFLICT (id) DO UPDATE SET stage = $2, n = bare.n + 1",
            body.id,
            body.stage,
        )
        await app.state.producer.send_and_wait(TOPIC, body.model_dump_json().encode(), key=body.id.encode())
        return {"stage": body.stage}

    return app


async def consume(kafka: str, provider: str) -> None:
    """Call the provider for each record."""
    async with (
        AIOKafkaConsumer(TOPIC, bootstrap_servers=kafka, group_id="bare", auto_offset_reset="earliest") as consumer,
        httpx.AsyncClient(base_url=provider, auth=("AC" + "0" * 31 + "1", "simulated-twilio-token")) as client,
    ):
        while True:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                moves = [json.loads(record.value) for record in records]
                await asyncio.gather(*(call(client, move) for move in moves))
                await consumer.commit()


async def call(client: httpx.AsyncClient, move: dict[str, str]) -> None:
    """Send one SMS."""
    form = {"To": move["phone"], "From": "+351300500200", "Body": "Your order has moved on."}
    answer = await client.post(f"/2010-04-01/Accounts/{'AC' + '0' * 31 + '1'}/Messages.json", data=form)
    answer.raise_for_status()


def main() -> None:
    """Run the route or the consumer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=["serve", "consume"])
    for name in ("database", "kafka", "provider", "port"):
        parser.add_argument(f"--{name}")
    chosen = parser.parse_args()
    if chosen.part == "serve":
        app = application(chosen.database, chosen.kafka)
        uvicorn.run(app, host="127.0.0.1", port=int(chosen.port), log_level="warning", access_log=False)
    else:
        asyncio.run(consume(chosen.kafka, chosen.provider))


if __name__ == "__main__":
    main()
