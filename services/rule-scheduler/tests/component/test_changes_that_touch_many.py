"""A calendar, a zone, a person or an item to which many link changes: all that waits for it is computed afresh."""

import argparse
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from automation.testing import contact, record, rule
from chassis.freshness import StalenessGate
from chassis.process import Process, opened
from chassis.testing import Deployment, eventually
from contracts.config import ConfigChanged
from contracts.executions import ExecutionRow
from contracts.items import Item, ItemChanged
from rule_scheduler import main, writing
from rule_scheduler.load import Load
from rule_scheduler.reading import Room
from rule_scheduler.store import copies
from rule_scheduler.sweeps import Sweeps
from rule_scheduler.testing import Deployed, deployed, new_deal

ALWAYS = {day: [("00:00", "24:00")] for day in range(7)}
WORKING = rule("working", timing={"after": "2 days", "working_time": "portal"})
OWN = rule("own", timing={"after": "2 days", "working_time": "responsible"})
ELAPSED = rule("elapsed", timing={"after": "48 hours"})
EVENING = rule("evening", timing={"every": "20:00"})
# A Friday that is far away, so that nothing fires; the day after it is the holiday.
ENTERED = datetime(2040, 1, 6, 10, 0, tzinfo=UTC)
HOLIDAY = "2040-01-07"


@pytest.fixture
async def scheduler(deployment: Deployment) -> AsyncIterator[Deployed]:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(WORKING, OWN, ELAPSED, EVENING, extra=[calendar(HOLIDAY)])
        yield scheduler


def calendar(*holidays: str) -> ConfigChanged:
    data = {"id": "portal", "zone": "UTC", "weekly": ALWAYS, "holidays": holidays}
    return record("calendar", "portal", data).model_copy(update={"changed_by": "user:ann"})


async def planned(scheduler: Deployed, *items: Item) -> None:
    """Let items enter the first stage, when the calendar is known."""
    await eventually(lambda: scheduler.rows.all("SELECT FROM sweep WHERE ended"))
    await scheduler.announce(*(scheduler.entry(item) for item in items))
    for item in items:
        await scheduler.row("evening", "waiting", item=item.id)


async def due(scheduler: Deployed, key: str, at: datetime, item: UUID) -> ExecutionRow:
    """Give the row of a rule once it is due then, and its timer is too."""

    async def look() -> ExecutionRow | None:
        row = await scheduler.row(key, "waiting", item=item)
        timers = {timer["id"]: timer["due_at"] for timer in await scheduler.rows.timers()}
        return row if row.due_at == timers.get(row.id) == at else None

    return await eventually(look)


@pytest.mark.req("B10")
async def test_a_holiday_that_is_taken_back_moves_what_waits_to_earlier_and_says_who_did(scheduler: Deployed) -> None:
    items = [new_deal(entered_at=ENTERED) for _ in range(3)]
    async with scheduler.process(), scheduler.process():
        await planned(scheduler, *items)
        for item in items:
            await due(scheduler, "working", ENTERED + timedelta(days=3), item.id)
        await scheduler.configure(calendar())
        for item in items:
            row = await due(scheduler, "working", ENTERED + timedelta(days=2), item.id)
            note = row.notes[-1]
            assert (note.old, note.new) == (ENTERED + timedelta(days=3), row.due_at)
            assert note.cause.startswith(f"calendar portal, revision {scheduler.revision}, changed by user:ann: 2 days")
            await due(scheduler, "own", ENTERED + timedelta(days=2), item.id)
        await scheduler.configure(calendar().model_copy(update={"deleted": True, "data": {}}))
        row = await due(scheduler, "working", ENTERED + timedelta(days=4), items[0].id)
        assert f"revision {scheduler.revision}, removed by user:ann" in row.notes[-1].cause
        rows = {row.rule_key: row.version for row in await scheduler.rows.executions()}
    assert (rows["elapsed"], rows["evening"]) == (1, 1)


async def test_an_absence_moves_what_counts_in_that_persons_own_hours_and_nothing_else(scheduler: Deployed) -> None:
    hers, his = new_deal(entered_at=ENTERED, responsible="ann"), new_deal(entered_at=ENTERED, responsible="rui")
    away = {"first": "2040-01-06", "last": "2040-01-08"}
    ann = {"id": "ann", "name": "Ann", "absences": [away]}
    async with scheduler.process():
        await planned(scheduler, hers, his)
        await scheduler.configure(record("person", "ann", ann))
        row = await due(scheduler, "own", ENTERED + timedelta(days=4), hers.id)
        assert row.notes[-1].cause.startswith(f"person ann, revision {scheduler.revision}, changed")
        await scheduler.configure(record("person", "ann", {**ann, "absences": []}))
        await due(scheduler, "own", ENTERED + timedelta(days=3), hers.id)
        swept = await scheduler.rows.all("SELECT computed, moved FROM sweep WHERE id = 'ann' AND ended")
        rows = [row.version for row in await scheduler.rows.executions() if row.item == his.id]
    assert [tuple(row) for row in swept] == [(1, 1)]
    assert set(rows) == {1}


async def test_another_zone_of_the_portal_moves_what_reads_its_wall_clock(scheduler: Deployed) -> None:
    item = new_deal(entered_at=ENTERED)
    async with scheduler.process():
        await planned(scheduler, item)
        await due(scheduler, "evening", ENTERED.replace(hour=20), item.id)
        await scheduler.configure(record("portal", "portal", {"zone": "Asia/Kolkata"}))
        row = await due(scheduler, "evening", ENTERED.replace(hour=14, minute=30), item.id)
        assert row.notes[-1].cause.startswith(f"portal, revision {scheduler.revision}, changed: ")
        await scheduler.configure(record("portal", "portal", {"zone": "Asia/Kolkata", "currency": "USD"}))
        await scheduler.configure(calendar())
        await due(scheduler, "working", ENTERED + timedelta(days=2), item.id)
        [swept] = await scheduler.rows.all("SELECT revision FROM sweep WHERE kind = 'portal'")
    assert swept["revision"] == scheduler.revision - 2


async def test_the_job_goes_on_after_a_death_and_what_changes_meanwhile_reaches_all(scheduler: Deployed) -> None:
    items = [new_deal(entered_at=ENTERED) for _ in range(4)]
    async with scheduler.process("consume"):
        await planned(scheduler, *items)
    await keep(scheduler, calendar())
    async with opened(main.SERVICE, scheduler.settings, Knowledge.grown) as process:
        assert await several(process, scheduler, 2)
        half = await moved_to(scheduler, 2)
        assert 0 < len(half) < len(items)
        await keep(scheduler, calendar(HOLIDAY, "2040-01-08"))
        while await several(process, scheduler, 1):
            pass
        assert await moved_to(scheduler, 4) == {item.id for item in items}
        [swept] = await scheduler.rows.all("SELECT again, ended FROM sweep WHERE kind = 'calendar'")
    assert tuple(swept) == (None, True)


async def test_what_is_recovered_is_computed_by_all_that_changed_since_it_was_told(scheduler: Deployed) -> None:
    item = new_deal(entered_at=ENTERED)
    async with scheduler.process():
        await planned(scheduler, item)
        before = (await scheduler.row("working", "waiting")).due_at
        await eventually(lambda: scheduler.rows.all("SELECT FROM outbox HAVING count(*) = 0"))
    # A backup of before the change, on a server that has counted fewer transactions.
    await keep(scheduler, calendar())
    async with scheduler.rows.transaction() as tx:
        await tx.execute("UPDATE sweep SET revision = $1, ended = true, fingerprint = $2", scheduler.revision, "now")
        await tx.execute("UPDATE sweep SET noticed = '4611686018427387904'")
        await tx.execute("DELETE FROM execution")
    since = argparse.Namespace(since=None)
    assert await main.bring_back(scheduler.settings, since) == "4 executions are back"
    assert (await scheduler.row("working", "waiting")).due_at == before == ENTERED + timedelta(days=3)
    async with scheduler.process("consume"):
        await due(scheduler, "working", ENTERED + timedelta(days=2), item.id)


async def several(process: Process[Knowledge], scheduler: Deployed, turns: int) -> bool:
    """Take turns, each as a process that has just started does, with chunks of one execution."""
    gate = StalenessGate(process.kafka, main.FRESH, scheduler.settings.max_staleness)
    room = Room(process.config, gate, process.outbox, scheduler.settings.look_again)
    return all([await Sweeps(room, process.database, Load(), chunk=1).turn() for _ in range(turns)])


async def moved_to(scheduler: Deployed, days: int) -> set[UUID]:
    """Give the items whose rule in working time is due so many days after the entry."""
    at = ENTERED + timedelta(days=days)
    return {row.item for row in await scheduler.rows.executions() if (row.rule_key, row.due_at) == ("working", at)}


async def keep(scheduler: Deployed, change: ConfigChanged) -> None:
    """Bring config to the scheduler while it is stopped."""
    scheduler.revision += 1
    async with scheduler.rows.transaction() as tx:
        await tx.execute(
            "UPDATE config SET data = $3, revision = $4 WHERE kind = $1 AND id = $2",
            change.kind,
            change.id,
            change.data,
            scheduler.revision,
        )


@pytest.mark.req("B5")
@pytest.mark.parametrize(
    ("looked_at", "born", "state"),
    [(10, "2040-04-01", "waiting"), (2, "2040-04-01", "waiting"), (10, "2020-04-01", "skipped")],
    ids=["all links are looked at", "some are", "the date was over"],
)
async def test_an_item_to_which_many_link_moves_them_all_in_chunks(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, looked_at: int, born: str, state: str
) -> None:
    monkeypatch.setattr(writing, "AT_ONCE", 3)
    monkeypatch.setattr(copies, "LOOKED_AT", looked_at)
    client = contact(birthday=born)
    items = [new_deal(client) for _ in range(7)]
    async with deployed(deployment) as scheduler, scheduler.process("consume"):
        await scheduler.publish(rule("gift", timing={"before": "contact.birthday", "by": "1 day", "zone": "UTC"}))
        await scheduler.announce(*(scheduler.entry(item, client) for item in items))
        for item in items:
            await scheduler.row("gift", state, item=item.id)
        newer = contact(birthday="2040-05-01").model_copy(update={"version": client.version + 1})
        await scheduler.announce(ItemChanged(item=newer, config=1, changed={"birthday": {}}))
        for item in items:
            row = await due(scheduler, "gift", datetime(2040, 4, 30, tzinfo=UTC), item.id)
            assert row.notes[-1].cause.startswith("contact: birthday changed by user:ann")

        async def done() -> bool:
            return not await scheduler.rows.all("SELECT FROM sweep")

        await eventually(done)
