"""Totals are kept beside the items by whoever changes them, and are what a full count gives."""

import asyncio
import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from contracts.money import Money
from crm_api.lists.counting import Counting

Totals = dict[str, tuple[int, dict[str, Decimal]]]
STAGES = ("new", "documents", "paid", "lost")
AMOUNTS = (None, "10.50 EUR", "0.01 EUR", "-3 EUR", "99999999999.99 USD", "7 USD")


async def count(crm: Any) -> Totals:
    """Count the items themselves."""
    rows = await crm.fetch("SELECT stage, fields ->> 'amount' AS amount FROM item WHERE type = 'deal' AND NOT deleted")
    counts: defaultdict[str, int] = defaultdict(int)
    sums: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        counts[row["stage"]] += 1
        if row["amount"]:
            money = Money.read(row["amount"])
            sums[row["stage"]][money.currency] += money.amount
    return {stage: (n, dict(sums[stage])) for stage, n in counts.items()}


async def told(crm: Any) -> Totals:
    """Ask for the totals."""
    answer = await crm.ann.get("/v1/pipelines/deal/retail/totals")
    assert answer.status_code == 200, answer.text
    stages = answer.json()["stages"]
    return {
        one["stage"]: (one["count"], {money.currency: money.amount for money in map(Money.read, one["sums"])})
        for one in stages
        if one["count"]
    }


async def works(crm: Any, seed: int, ids: list[str]) -> None:
    """Change the items at random."""
    chance = random.Random(seed)  # noqa: S311  a test that can be run again
    for _ in range(25):
        id_ = chance.choice(ids)
        what = chance.randrange(5)
        if what == 0:
            made = await crm.deal(stage=chance.choice(STAGES), fields=fields(chance))
            ids.append(made["id"])
        elif what == 1:
            await crm.ann.delete(f"/v1/items/{id_}")
        elif what == 2:
            await crm.ann.patch(f"/v1/items/{id_}", json={"fields": fields(chance) | {"responsible": "ann"}})
        elif what == 3:
            await crm.ann.post(f"/v1/items/{id_}/restore")
        else:
            await crm.ann.post(f"/v1/items/{id_}/move", json={"stage": chance.choice(STAGES)})


def fields(chance: random.Random) -> dict[str, Any]:
    return {"amount": chance.choice(AMOUNTS)}


@pytest.fixture
async def summed(crm: Any) -> Any:
    """Give a crm-api whose deals have an amount that is summed."""
    record = (await crm.ann.get("/v1/config/type/deal")).json()["data"]
    answer = await crm.ann.put("/v1/config/type/deal", json={**record, "amount": "amount"})
    assert answer.status_code == 200, answer.text
    return crm


async def test_whatever_many_people_do_at_once_the_totals_are_what_a_full_count_gives(summed: Any) -> None:
    crm = summed
    counting = Counting(crm.process.database, crm.process.config)
    ids = [(await crm.deal(fields={"amount": "5 EUR"}))["id"] for _ in range(3)]

    async def folds() -> None:
        for _ in range(5):
            await asyncio.sleep(0.1)
            await counting.turn()

    await asyncio.gather(*(works(crm, seed, ids) for seed in range(6)), folds())
    assert await told(crm) == await count(crm)
    await counting.turn()
    assert await told(crm) == await count(crm)
    [row] = await crm.fetch("SELECT count(*) AS waiting FROM total_delta")
    assert row["waiting"] == 0


async def test_items_of_an_older_database_are_counted_and_found_once_the_task_has_turned(summed: Any) -> None:
    crm = summed
    await crm.deal(title="An oak table", fields={"amount": "5 EUR"})
    for table in ("total", "total_delta", "field_value", "item_index", "counted"):
        await crm.fetch(f"DELETE FROM {table}")
    assert await told(crm) == {}
    await Counting(crm.process.database, crm.process.config).turn()
    assert await told(crm) == await count(crm) == {"new": (1, {"EUR": Decimal(5)})}
    [found] = await crm.fetch("SELECT key FROM field_value WHERE field = 'title'")
    assert found["key"] == "an oak table"


async def test_another_field_that_is_summed_is_summed_from_all_items(summed: Any) -> None:
    crm = summed
    await crm.deal(fields={"amount": "5 EUR"})
    counting = Counting(crm.process.database, crm.process.config)
    await counting.turn()
    record = (await crm.ann.get("/v1/config/type/deal")).json()["data"]
    await crm.ann.put("/v1/config/type/deal", json={**record, "amount": ""})
    await counting.turn()
    assert await told(crm) == {"new": (1, {})}
