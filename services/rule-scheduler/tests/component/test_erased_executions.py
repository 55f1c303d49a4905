"""A person is erased from copies, executions and signals, and an announcement tells timelines of every execution."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from automation.testing import contact, rule
from chassis.testing import Deployment, eventually
from contracts import topics
from contracts.config import ConfigChanged, Erasure
from contracts.executions import ExecutionRows
from contracts.items import Item, ItemSignalled, SignalSeen
from rule_scheduler.erasing import erase
from rule_scheduler.main import announce
from rule_scheduler.store import sweeps
from rule_scheduler.testing import Deployed, deployed, new_deal

TEXT = "Thank you, {{ contact.name }}"
GREET = rule("greet", do={"send-sms": {"to": "contact", "text": TEXT}})
TABLES = ("item_copy", "execution", "signal_seen", "config", "timer")
WORDS = ("Zuleika", "+351912345678")


async def held(scheduler: Deployed) -> str:
    """Read all that the scheduler holds, as text."""
    rows = [await scheduler.rows.all(f"SELECT t::text AS row FROM {table} AS t") for table in TABLES]
    return "\n".join(row["row"] for part in rows for row in part)


@pytest.fixture
def ana() -> Item:
    fields = {"name": "Zuleika", "phone": "+351912345678"}
    return contact().model_copy(update={"id": uuid4(), "title": "Zuleika", "fields": fields})


async def test_nothing_of_an_erased_person_is_left_and_executions_keep_their_states(
    deployment: Deployment, ana: Item
) -> None:
    async with deployed(deployment) as scheduler, scheduler.process(), scheduler.crm_is_there():
        await scheduler.publish(GREET)
        deal = new_deal(ana)
        seen = SignalSeen(id=uuid4(), kind="form", happened_at=datetime.now(UTC), payload={"name": "Zuleika"})
        entry = scheduler.entry(deal, ana)
        newer = deal.model_copy(update={"version": deal.version + 1})
        signalled = ItemSignalled(item=newer, linked=(ana,), config=scheduler.revision, rule_set=entry.rule_set)
        await scheduler.announce(entry, signalled.model_copy(update={"signal": seen}))
        before = await scheduler.row("greet", "dispatched")
        known = await held(scheduler)
        assert all(word in known for word in WORDS)
        erasure = Erasure(contact=ana.id, items=(deal.id,), at=datetime.now(UTC))
        record = ConfigChanged(
            kind="erasure", id=str(ana.id), revision=0, data=erasure.model_dump(mode="json"), changed_at=erasure.at
        )
        await scheduler.configure(record)

        async def gone() -> bool:
            text = await held(scheduler)
            return not any(word in text for word in WORDS)

        await eventually(gone)
        after = await scheduler.row("greet", "dispatched")
        left = {"item.version": before.seen["item.version"]}
        assert (after.id, after.version, after.seen) == (before.id, before.version, left)


async def test_what_is_still_told_to_those_that_link_to_an_erased_person_names_nobody(
    deployment: Deployment, ana: Item
) -> None:
    async with deployed(deployment) as scheduler:
        erasure = Erasure(contact=ana.id, at=datetime.now(UTC))
        plain = erasure.model_dump(mode="json")
        change = ConfigChanged(kind="erasure", id=str(ana.id), revision=1, data=plain, changed_at=erasure.at)
        async with scheduler.rows.transaction() as tx:
            await sweeps.note_items(tx, {ana.id: "contact Zuleika changed", uuid4(): "contact Rui changed"})
            await erase(tx, change)
        words = {row["words"] for row in await scheduler.rows.all("SELECT words FROM sweep")}
    assert words == {"a contact changed", "contact Rui changed"}


async def test_an_announcement_tells_of_every_execution_as_it_stands(deployment: Deployment, ana: Item) -> None:
    async with deployed(deployment) as scheduler:
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.publish(GREET)
            await scheduler.announce(*(scheduler.entry(new_deal(ana), ana) for _ in range(3)))

            async def planned() -> bool:
                return len(await scheduler.rows.executions()) == 3

            await eventually(planned)
        before = {one.headers["ce_id"] for one in await deployment.seen(topics.EXECUTIONS)}
        assert await announce(scheduler.settings, None) == "3 executions are told"  # type: ignore[arg-type]
        told = [one.data for one in await deployment.seen(topics.EXECUTIONS) if one.headers["ce_id"] not in before]
        rows = {row.id: row for data in told if isinstance(data, ExecutionRows) for row in data.rows}
        assert rows == {row.id: row for row in await scheduler.rows.executions()}
