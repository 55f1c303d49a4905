"""How fast the record is: moves over HTTP, signals through `consume`, rows out and in.

    make bench NAME=record ARGS="--seconds 20 --rows 100000"

Moves are measured beside pgbench and a bare FastAPI route that send the very statements that a move was seen to send,
half of each peer before and half after ours; signals with 1,000,000 and with 10,000 people in the identity index.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import stack
from crm_api.settings import Settings
from pydantic import SecretStr

from benchmarks import move_throughput as moves
from benchmarks import signal_throughput as signals
from benchmarks import spreadsheets
from benchmarks.load import conclude, tell
from benchmarks.replay import STAGES, Script, item_id
from deploy.local import Installation

ITEMS = 2_000
CLIENTS = 32
FEW, MANY, SIGNALS = 10_000, 1_000_000, 4_000
ROLES = ("crm-api.serve", "crm-api.consume")
PIPELINE = {"stages": [{"key": stage} for stage in STAGES]}
TYPE = {"fields": [{"key": "amount", "kind": "money"}, {"key": "notes", "kind": "text"}]}


async def signalling(up: Installation, contact: UUID, deal: UUID) -> dict[str, Any]:
    """Measure signals, with few people and with many."""
    url = up.stack.database(up.environment.database("crm-api"))
    people = signals.People(contact, deal)
    await people.grow(url, 1, FEW)
    await signals.signals_per_second(up, url, FEW, SIGNALS // 4)  # everything is warm now
    few = await signals.signals_per_second(up, url, FEW, SIGNALS)
    await people.grow(url, FEW + 1, MANY)
    tell(f"there are {MANY} people now")
    many = await signals.signals_per_second(up, url, MANY, SIGNALS)
    return {"with_10_000": round(few, 1), "with_1_000_000": round(many, 1), "ratio": round(many / few, 3)}


async def furnished(up: Installation) -> tuple[UUID, UUID]:
    """Make the types, the pipeline, and the contact and deal of which there will be copies; give these two."""
    await up.crm.configure("type", "contact", {"fields": [{"key": "phone", "kind": "phone"}]})
    await up.crm.configure("type", "deal", TYPE)
    await up.crm.publish("deal/bench", PIPELINE)
    contact = await up.crm.create("contact", title="C", fields={"phone": "+351912345678"})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await up.crm.create(
        "deal", pipeline="deal/bench", title="Oak table", fields={"amount": "900 EUR"}, links=[link]
    )
    return UUID(contact["id"]), UUID(deal["id"])


def settings(up: Installation) -> Settings:
    """Give the settings with which this process looks at what a move sends."""
    environment = up.environment
    return Settings(
        database_url=SecretStr(up.stack.database(environment.database("crm-api"))),
        kafka_bootstrap_servers=up.stack.kafka,
        kafka_partitions=environment.partitions,
        secret_key=SecretStr(environment.key),
        tokens={"user:bench": SecretStr("bench")},
    )


async def moving(up: Installation, deal: UUID, seconds: float) -> dict[str, Any]:
    """Measure moves."""
    own = settings(up)
    url = own.database_url.get_secret_value()
    await moves.copies(url, deal, ITEMS)
    statements = await moves.statements_of_a_move(own, STAGES[1])
    script = Script(item_id(1), frozenset(), STAGES[1])
    bare = [script.statement(one) for one in statements]
    tell(f"a move sends {len(statements)} statements")
    half = seconds / 2
    peers = [await moves.by_pgbench(url, script.write(statements, ITEMS), CLIENTS, half)]
    routes = [await moves.by_bare_route(url, bare, ITEMS, CLIENTS, half)]
    ours = await moves.by_http(up.crm.url, up.environment.tokens["user:manager"], ITEMS, CLIENTS, seconds)
    peers.append(await moves.by_pgbench(url, script.write(statements, ITEMS), CLIENTS, half))
    routes.append(await moves.by_bare_route(url, bare, ITEMS, CLIENTS, half))
    pgbench, route = sum(peers) / 2, sum(routes) / 2
    return {
        "statements": len(statements),
        "moves_per_second": round(ours, 1),
        "pgbench": round(pgbench, 1),
        "bare_route": round(route, 1),
        "ratio_to_pgbench": round(ours / pgbench, 3),
        "ratio_to_bare_route": round(ours / route, 3),
    }


async def measure(seconds: float, rows: int, kind: stack.Kind) -> dict[str, Any]:
    """Measure everything, one after the other."""
    with stack.start(kind, say=tell) as started:
        async with Installation(started, Path(".local"), layout="wide", only=ROLES, say=tell) as up:
            contact, deal = await furnished(up)
            told = {"moves": await moving(up, deal, seconds)}
            tell(str(told))
            told["spreadsheets"] = await spreadsheets.in_and_out(up, rows)
            told["signals"] = await signalling(up, contact, deal)
    return {"benchmark": "record", "clients": CLIENTS, **told}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--stack", default="native", choices=["auto", "given", "container", "native"])
    parser.add_argument("--rows", type=int, default=spreadsheets.ROWS)
    chosen = parser.parse_args()
    conclude(**asyncio.run(measure(chosen.seconds, chosen.rows, chosen.stack)))


if __name__ == "__main__":
    main()
