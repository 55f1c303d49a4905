"""What a move sends to the database, and what many moves at once leave behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemEvent
from crm_api.testing.company import Company
from crm_api.testing.statements import heard, transactions

STAGES = ("documents", "paid", "lost", "new")


async def test_a_move_is_one_transaction_of_three_statements(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact", title="Ana")
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await crm.deal(links=[link], fields={"amount": "5 EUR"})
    path = f"/v1/items/{deal['id']}/move"
    await crm.ann.post(path, json={"stage": "documents"})
    async with heard(crm) as seen:
        answer = await crm.ann.post(path, json={"stage": "paid", "version": 2})
    assert answer.json()["stage"] == "paid"
    [move] = [queries for queries in transactions(seen) if "FROM item" in str(queries)]
    locks, reads, writes = move
    assert "FOR NO KEY UPDATE" in locks
    assert "signalbox_now()" in reads
    assert all(f"INTO {table}" in writes for table in ("item", "timeline", "outbox", "journal", "total_delta"))
    assert "field_value" not in writes


async def test_a_move_by_somebody_with_few_rights_is_three_statements_too(company: Company) -> None:
    deal = await company.deal("sam")
    sam = await company.sign_in("sam")
    await sam.get(f"/v1/items/{deal}")
    async with heard(company.crm) as seen:
        answer = await sam.post(f"/v1/items/{deal}/move", json={"stage": "paid"})
    assert answer.status_code == 200, answer.text
    [move] = [queries for queries in transactions(seen) if "FROM item" in str(queries)]
    assert len(move) == 3, move


async def test_of_many_moves_at_once_none_is_lost_and_each_is_announced_with_its_version(crm: Any) -> None:
    deal = await crm.deal()
    path = f"/v1/items/{deal['id']}"

    async def moves(n: int) -> None:
        for stage in STAGES[n:] + STAGES[:n]:
            answer = await crm.ann.post(f"{path}/move", json={"stage": stage})
            assert answer.status_code == 200, answer.text

    async def patches(n: int) -> None:
        for k in range(4):
            answer = await crm.ann.patch(path, json={"fields": {f"more_{n}": f"{k}"}})
            assert answer.status_code == 200, answer.text

    await asyncio.gather(*(moves(n) for n in range(4)), *(patches(n) for n in range(4)))
    item = (await crm.ann.get(path)).json()
    assert {item["fields"][f"more_{n}"] for n in range(4)} == {"3"}
    events = await announced(crm, deal["id"], item["version"])
    assert [event.item.version for event in events] == list(range(1, item["version"] + 1))
    assert events[-1].item.stage == item["stage"]
    lines = await crm.fetch("SELECT kind FROM timeline WHERE item = $1", deal["id"])
    assert len(lines) == item["version"]


async def test_a_link_made_while_a_move_waits_for_the_lock_is_announced_by_the_move(crm: Any) -> None:
    contact = await crm.made("/v1/items", type="contact", title="Ana")
    deal = await crm.deal()
    async with locked(crm, deal["id"]) as holder:
        waiting = asyncio.create_task(crm.ann.post(f"/v1/items/{deal['id']}/move", json={"stage": "paid"}))
        await waits_for_a_lock(crm)
        await holder.execute("INSERT INTO link VALUES ($1, 'contact', $2, 'contact', 0)", deal["id"], contact["id"])
        await holder.execute("UPDATE item SET version = version + 1, title = 'of Ana' WHERE id = $1", deal["id"])
    answer = (await waiting).json()
    assert (answer["version"], answer["title"], answer["stage"]) == (3, "of Ana", "paid")
    assert [link["id"] for link in answer["links"]] == [contact["id"]]
    event = (await announced(crm, deal["id"], 2))[-1]
    assert [linked.title for linked in event.linked] == ["Ana"]


async def test_rules_published_while_a_move_waits_for_the_lock_hold_for_it(crm: Any) -> None:
    deal = await crm.deal()
    async with locked(crm, deal["id"]):
        waiting = asyncio.create_task(crm.ann.post(f"/v1/items/{deal['id']}/move", json={"stage": "paid"}))
        await waits_for_a_lock(crm)
        stages = [{"key": "new"}, {"key": "documents"}, {"key": "paid", "rules": [GREETS]}, {"key": "lost"}]
        answer = await crm.ann.put("/v1/pipelines/deal/retail", json={"owner": "ann", "stages": stages})
        assert answer.status_code == 200, answer.text
    assert (await waiting).json()["stage"] == "paid"
    event = (await announced(crm, deal["id"], 2))[-1]
    assert event.rule_set is not None
    assert (event.rule_set.number, event.config) == (answer.json()["rule_set"], answer.json()["revision"])


GREETS = {"key": "greet", "do": {"send-sms": {"to": "contact", "text": "Paid"}}}


@asynccontextmanager
async def locked(crm: Any, item_id: str) -> AsyncIterator[asyncpg.Connection]:
    """Lock an item from outside; what its holder has done meanwhile is committed."""
    connection = await asyncpg.connect(crm.process.settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM item WHERE id = $1 FOR NO KEY UPDATE", item_id)
            yield connection
    finally:
        await connection.close()


async def waits_for_a_lock(crm: Any) -> None:
    waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    await eventually(lambda: crm.fetch(waits))


async def announced(crm: Any, item: str, count: int) -> list[ItemEvent]:
    """Give what is announced of an item, once there is so much of it."""

    async def look() -> list[ItemEvent] | None:
        events = await crm.deployment.data(topics.ITEMS, ItemEvent)
        mine = [event for event in events if str(event.item.id) == item]
        return mine if len(mine) >= count else None

    return await eventually(look)
