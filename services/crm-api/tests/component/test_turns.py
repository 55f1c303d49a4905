"""How busy people are is counted from an index, and no further than matters."""

from typing import Any
from uuid import uuid4

from crm_api.store import turns

ITEMS = 40_000
FILL = (
    "INSERT INTO item (id, type, pipeline, stage, version, activation, entered_at, created_at, title, responsible,"
    " fields, incomplete, deleted, rule_set)"
    " SELECT gen_random_uuid(), 'deal', 'deal/retail', CASE WHEN n % 4 = 0 THEN 'new' ELSE 'paid' END, 1, 1,"
    " signalbox_now(), signalbox_now(), '', 'p' || n % 40, '{}', false, n % 100 = 0, 1"
    " FROM generate_series(1, $1::int) AS n"
)
OPEN = [("deal/retail", "new"), ("deal/retail", "documents")]


async def test_counting_touches_only_the_open_items_of_those_who_are_asked_for(crm: Any) -> None:
    async with crm.process.database.transaction() as tx:
        await tx.execute(FILL, ITEMS)
        await tx.execute("ANALYZE item")
        people = ["p0", "p4", "p8", "nobody"]
        counted = await turns.busy(tx, people, OPEN, [uuid4()])
        values = (people, *map(list, zip(*OPEN, strict=True)), [], turns.MOST_COUNTED)
        told = await tx.fetch(f"EXPLAIN (ANALYZE, FORMAT TEXT) {turns.BUSY}", *values)
    assert counted == {"p0": 800, "p4": 1000, "p8": 1000, "nobody": 0}
    plan = "\n".join(row[0] for row in told)
    assert "item_of_responsible" in plan
    assert "Seq Scan on item" not in plan
