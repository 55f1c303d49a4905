"""The statements of a move behind a bare FastAPI route, without our code. A peer only."""

import argparse
import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Move(BaseModel):
    """What is posted."""

    stage: str


def application(database: str, statements: list[str], items: int) -> FastAPI:
    """Make the route; in the statements stand `:n` for the item of the turn and `:s` for one of two stages."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database, min_size=8, max_size=8) as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)
    prepared = [one.replace(":n::text", "$1::int::text").replace(":s ", "$2::int ") for one in statements]

    @app.post("/v1/items/{item}/move")
    async def move(item: str, body: Move) -> dict[str, str]:
        values = (random.randint(1, items), int(body.stage == "right"))  # noqa: S311  no secret
        async with app.state.pool.acquire() as connection, connection.transaction():
            for statement in prepared:
                await connection.fetch(statement, *values[: 1 + ("$2" in statement)] if "$1" in statement else ())
        return {"id": item, "stage": body.stage}

    return app


def main() -> None:
    """Serve the route."""
    parser = argparse.ArgumentParser()
    for name in ("database", "statements", "items", "port"):
        parser.add_argument(f"--{name}")
    chosen = parser.parse_args()
    statements = json.loads(Path(chosen.statements).read_text())
    app = application(chosen.database, statements, int(chosen.items))
    config = uvicorn.Config(app, host="127.0.0.1", port=int(chosen.port), log_level="warning", access_log=False)
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
