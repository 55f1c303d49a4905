"""With a million items of one type, what people look at all day reads what it shows and no more: the plans say so."""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from asyncpg.connection import LoggedQuery
from chassis.database import codecs
from crm_api.lists.conditions import Order
from crm_api.lists.cursors import Place, written
from crm_api.lists.indexing import face
from crm_api.store import items as stored_items
from crm_api.store.lists import WALK
from crm_api.testing.million import MANY, STAGES, TYPE, fill

LARGE = ("item", "field_value", "item_index", "timeline")
ABOUT = re.compile(rf"\b({'|'.join(LARGE)}|standing)\b|{re.escape(WALK)}")
ONE = UUID("018f0000-0000-7000-8000-000000012345")
BOARD, TIMELINE, ITEM = "/v1/pipelines/house/sale/board", f"/v1/items/{ONE}/timeline", f"/v1/items/{ONE}"
log = logging.getLogger(__name__)  # with --log-cli-level=INFO the figures are seen
DEEP, TITLES = Place("house 5", ONE), Order("title", "index", descending=False)
Row = tuple[str, str, float]
Look = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


def got(path: str, **params: Any) -> Look:
    return lambda ann: ann.get(path, params=params)


def listed(*conditions: Any, **more: Any) -> Look:
    body = {"type": "house", "limit": 50, "all": list(conditions), **more}
    return lambda ann: ann.post("/v1/items/search", json=body)


# What is looked at, and how many rows of the large tables it may read.
LOOKS: dict[str, tuple[Look, int]] = {
    "totals": (got("/v1/pipelines/house/sale/totals"), 0),
    "board": (got(BOARD, limit=20), 4 * 20 * 2),
    "board by amount": (got(BOARD, limit=20, sort="-amount"), 50_000),
    "board, searched": (got(BOARD, search="house 4711"), 3_000),
    "stage": (got(f"{BOARD}/open", limit=50), 100),
    "far down a stage": (got(f"{BOARD}/open", limit=50, after=written(Order(), DEEP)), 100),
    "list of a pipeline": (got("/v1/items", pipeline="house/sale", limit=50), 50),
    "newest": (listed(), 100),
    "newest of a pipeline": (listed(pipeline="house/sale"), 400),
    "far down": (listed(after=written(Order(), DEEP)), 100),
    "by title": (listed(sort={"field": "title"}), 150),
    "far down by title": (listed(sort={"field": "title"}, after=written(TITLES, DEEP)), 150),
    "few are equal": (listed({"field": "amount", "equals": "4711 EUR"}), 100),
    "many are equal": (listed({"field": "size", "equals": "S"}), 4_000),
    "few are in a range": (listed({"field": "amount", "between": ["100 EUR", "200 EUR"]}), 10_000),
    "many are in a range": (
        listed({"field": "amount", "greater": "50000 EUR"}, sort={"field": "amount", "descending": True}),
        4_000,
    ),
    "range and stage": (
        listed(
            {"field": "created_at", "after": "2026-01-05T00:00:00+00:00"},
            pipeline="house/sale",
            stage="lost",
            sort={"field": "created_at"},
        ),
        10_000,
    ),
    "few contain": (listed({"field": "title", "contains": "99"}, sort={"field": "title"}), 20_000),
    "search": (got("/v1/items", type="house", search="4711", limit=50), 1_000),
    "search of a word that all have": (got("/v1/items", type="house", search="house", limit=50), 4_000),
    "timeline": (got(TIMELINE), 20),
    "move": (lambda ann: ann.post(f"{ITEM}/move", json={"stage": "won"}), 10),
    "change": (lambda ann: ann.patch(ITEM, json={"fields": {"amount": "7 EUR"}}), 20),
}


@pytest.mark.timeout(1800)
async def test_what_people_look_at_reads_what_it_shows_and_no_more(crm: Any) -> None:
    for path, body in (("config/type/house", TYPE), ("pipelines/house/sale", {"stages": STAGES})):
        assert (await crm.ann.put(f"/v1/{path}", json=body)).status_code == 200
    await fill(crm.process.settings.database_url.get_secret_value())
    await is_as_if_people_had_made_it(crm)
    told = {name: await looked(crm, look) for name, (look, _) in LOOKS.items()}
    for name, (rows, took) in told.items():
        log.info("%s: %d rows, %.1f ms", name, touched(rows), took)
    assert {name: rows for name, (rows, _) in told.items() if any(row[0] == "Seq Scan" for row in rows)} == {}
    assert {name: rows for name, (rows, _) in told.items() if touched(rows) > LOOKS[name][1]} == {}


async def looked(crm: Any, look: Look) -> tuple[list[Row], float]:
    """Look, and give the rows of the large tables that were read, and how long the statements took, in ms."""
    async with heard(crm) as seen:
        answer = await look(crm.ann)
    assert answer.status_code == 200, answer.text
    walks = any(query.query == WALK for query in seen)
    plans = [await plan(crm, query, walks=walks) for query in seen if query.query != WALK]
    return [row for one in plans for row in read(one)], sum(float(one["Execution Time"]) for one in plans)


def touched(rows: list[Row]) -> float:
    return sum(count for *_, count in rows)


async def is_as_if_people_had_made_it(crm: Any) -> None:
    board = (await crm.ann.get(BOARD)).json()
    assert sum(stage["count"] for stage in board["stages"]) == MANY
    async with crm.process.database.transaction() as tx:
        knowledge = await crm.process.config.view(tx)
        [stored] = (await stored_items.load(tx, [ONE])).values()
        meant = face(knowledge, stored.item)
        rows = await tx.fetch("SELECT type, field, key, item FROM field_value WHERE item = $1", ONE)
        kept = await tx.fetchrow(
            "SELECT keys, words @@ $2::tsquery AS found FROM item_index WHERE item = $1", ONE, "'house'"
        )
    assert {tuple(row) for row in rows} == set(meant.rows)
    assert kept["keys"] == {field: list(keys) for field, keys in meant.keys.items()}
    assert kept["found"]


@asynccontextmanager
async def heard(crm: Any) -> AsyncIterator[list[LoggedQuery]]:
    """Note what is sent to the database about what there is much of."""
    seen: list[LoggedQuery] = []

    def note(query: LoggedQuery) -> None:
        if ABOUT.search(query.query):
            seen.append(query)

    connections = [holder._con for holder in crm.process.database._pool._holders if holder._con is not None]
    for connection in connections:
        connection.add_query_logger(note)
    yield seen
    for connection in connections:
        connection.remove_query_logger(note)


async def plan(crm: Any, query: LoggedQuery, *, walks: bool) -> dict[str, Any]:
    """Run a statement again, in a transaction that is undone, and give how it was done."""
    connection = await asyncpg.connect(crm.process.settings.database_url.get_secret_value())
    await codecs(connection)
    undone = connection.transaction()
    await undone.start()
    if walks:
        await connection.execute(WALK)
    told = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query.query}", *query.args)
    await undone.rollback()
    await connection.close()
    [found] = msgspec.json.decode(told, type=list[dict[str, Any]])
    return found


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


def read(plan: dict[str, Any]) -> Iterator[Row]:
    """Give the ways in which a plan reads the large tables, each with how many rows it touches."""
    for node in nodes(plan["Plan"]):
        if node.get("Relation Name") in LARGE and "Scan" in node["Node Type"]:
            left = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
            yield node["Node Type"], node["Relation Name"], (node["Actual Rows"] + left) * node["Actual Loops"]
