"""Copies of items come back as they were written; an item that is as it entered is kept once."""

from datetime import UTC, datetime

from automation.desk.copies import Copy
from automation.testing import contact
from chassis.ids import new_id
from rule_scheduler.store import copies
from rule_scheduler.testing import Deployed, new_deal

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


async def kept(scheduler: Deployed, copy: Copy) -> Copy:
    """Write a copy and read it."""
    async with scheduler.rows.transaction() as tx:
        await copies.lock(tx, [copy.id])
        await copies.write(tx, [copy])
    async with scheduler.rows.transaction() as tx:
        return (await copies.look_up(tx, [copy.id]))[copy.id]


async def stored(scheduler: Deployed, copy: Copy) -> tuple[str, str]:
    rows = await scheduler.rows.all("SELECT doc, entry FROM item_copy WHERE id = $1", copy.id)
    return rows[0]["doc"], rows[0]["entry"]


async def test_an_item_as_it_entered_is_kept_once_and_twice_when_it_has_changed(scheduler: Deployed) -> None:
    entered = new_deal(contact())
    copy = Copy(entered.id, 1, 1, None, entered, entered)
    read = await kept(scheduler, copy)
    assert read == copy
    assert read.entry is read.item
    assert len((await stored(scheduler, copy))[1]) == 1
    changed = entered.model_copy(update={"version": 2, "title": "Changed since"})
    read.item, read.version, read.changed_at = changed, 2, AT
    again = await kept(scheduler, read)
    assert (again.item, again.entry, again.changed_at) == (changed, entered, AT)
    doc, entry = await stored(scheduler, copy)
    assert "Changed since" in doc
    assert "Changed since" not in entry


async def test_what_is_not_known_stays_nothing(scheduler: Deployed) -> None:
    stub = Copy(new_id(), unread=7)
    assert await kept(scheduler, stub) == stub
    linked = contact()
    assert await kept(scheduler, Copy(linked.id, 1, 0, None, linked)) == Copy(linked.id, 1, 0, None, linked)


async def test_rows_written_before_hold_the_entry_in_full(scheduler: Deployed) -> None:
    entered = new_deal(contact())
    await kept(scheduler, Copy(entered.id, 1, 1, None, entered, entered))
    await scheduler.rows.all("UPDATE item_copy SET entry = doc WHERE id = $1 RETURNING id", entered.id)
    async with scheduler.rows.transaction() as tx:
        found = (await copies.look_up(tx, [entered.id]))[entered.id]
    assert found.entry == entered
