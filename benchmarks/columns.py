"""What an element of a long column costs the client and PostgreSQL: as an array, and in one text.

make bench NAME=columns
"""

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any

import asyncpg
import stack
from chassis.columns import places, split, texts

from benchmarks.load import conclude, tell

LENGTH = 1000
DOCUMENT = '{"id":"x","version":2,"seen":{"a":1}}' * 8


class Session:
    """One connection, with the processor time that both of its ends have spent."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self.connection = connection
        self.scheduled = Path(f"/proc/{connection.get_server_pid()}/schedstat")

    def spent(self) -> tuple[float, float]:
        """Give the seconds of this process and of the server's."""
        return time.process_time(), int(self.scheduled.read_text().split()[0]) / 1e9

    async def cost(self, query: str, column: Any, rounds: int) -> tuple[float, float]:
        """Give the microseconds of both for each element."""
        for _ in range(20):
            await self.connection.execute(query, column)
        before = self.spent()
        for _ in range(rounds):
            await self.connection.execute(query, column)
        mine, its = (after - earlier for after, earlier in zip(self.spent(), before, strict=True))
        return mine / rounds / LENGTH * 1e6, its / rounds / LENGTH * 1e6


async def measure(url: str, rounds: int) -> dict[str, Any]:
    """Measure each way, less what a query of nothing costs."""
    documents = [f"{DOCUMENT}{n}" for n in range(LENGTH)]
    tids = [(n // 4, n % 4 + 1) for n in range(LENGTH)]
    ways: dict[str, tuple[str, Any]] = {
        "nothing": ("generate_series(1, $1::int)", 1),
        "documents, text[]": ("unnest($1::text[])", documents),
        "documents, one text": (f"unnest({split('$1')})", texts(documents)),
        "places, tid[]": ("unnest($1::tid[])", tids),
        "places, one text": ("unnest($1::text::tid[])", places([f"({a},{b})" for a, b in tids])),
    }
    connection = await asyncpg.connect(url)
    session = Session(connection)
    found = {
        name: await session.cost(f"SELECT count(*) FROM {rows}", given, rounds) for name, (rows, given) in ways.items()
    }
    await connection.close()
    nothing = found.pop("nothing")
    return {
        name: {"client_us": round(c - nothing[0], 2), "postgres_us": round(p - nothing[1], 2)}
        for name, (c, p) in found.items()
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--stack", default="native", choices=["auto", "given", "container", "native"])
    chosen = parser.parse_args()
    with stack.start(chosen.stack, say=tell) as started:
        conclude(benchmark="columns", **asyncio.run(measure(started.postgres, chosen.rounds)))


if __name__ == "__main__":
    main()
