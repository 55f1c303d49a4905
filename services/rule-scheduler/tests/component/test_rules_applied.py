"""Rules applied on request to what stands in a stage, and one occurrence that is cancelled, on real servers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from automation.testing import contact, record, rule
from chassis.ids import new_id
from chassis.testing import eventually
from contracts.items import Item, ItemRulesApplied, Suppression
from contracts.orders import CancelExecution
from contracts.rules import RuleSetRef
from rule_scheduler.testing import Deployed, moved, new_deal

CLIENT = contact()
GREET = rule("greet")
NUDGE = rule("nudge", timing={"after": "2 days", "working_time": "portal"})
REPORT = rule("report", timing={"every": "10:00", "zone": "UTC"})
ALWAYS = {day: [("00:00", "24:00")] for day in range(7)}


def applied(scheduler: Deployed, item: Item, number: int = 2, **more: Any) -> ItemRulesApplied:
    ref = RuleSetRef(pipeline=item.pipeline, number=number)
    return ItemRulesApplied(item=item, linked=(CLIENT,), config=scheduler.revision, rule_set=ref, job=new_id(), **more)


def calendar(*holidays: str) -> Any:
    return record("calendar", "portal", {"id": "portal", "zone": "UTC", "weekly": ALWAYS, "holidays": holidays})


async def test_what_stands_gets_the_rules_that_it_has_not_met_once_and_what_left_gets_none(scheduler: Deployed) -> None:
    await scheduler.publish()
    stands, gone = new_deal(CLIENT), new_deal(CLIENT)
    imported = scheduler.entry(new_deal(CLIENT)).model_copy(update={"suppressed": Suppression(job="import")})
    async with scheduler.process(), scheduler.process(), scheduler.crm_is_there():
        await scheduler.announce(scheduler.entry(stands), scheduler.entry(gone), imported, scheduler.entry(moved(gone)))
        await scheduler.publish(GREET, NUDGE, number=2, extra=[calendar()])
        told = [applied(scheduler, item) for item in (stands, gone, imported.item)]
        await scheduler.announce(*told)
        for item in (stands, imported.item):
            await scheduler.row("greet", "dispatched", item=item.id)
            nudge = await scheduler.row("nudge", "waiting", item=item.id)
            assert nudge.due_at == item.entered_at + timedelta(days=2)
        before = await scheduler.rows.executions()
        await scheduler.announce(*told, *told, *(scheduler.entry(new_deal(CLIENT), number=2) for _ in range(4)))
        await eventually(lambda: scheduler.performed(count=6))
        ids = {row.id for row in before}
        assert [row for row in await scheduler.rows.executions() if row.id in ids] == before
        assert {row.item for row in before} == {stands.id, imported.item.id}


async def test_what_counts_from_a_moment_does_so_too_when_the_calendar_changes(scheduler: Deployed) -> None:
    await scheduler.publish(NUDGE, number=2, extra=[calendar("2040-01-02")])
    item = new_deal(CLIENT)
    async with scheduler.process("consume"):
        await scheduler.announce(applied(scheduler, item, counts_from=datetime(2040, 1, 1, 9, tzinfo=UTC)))
        assert (await scheduler.row("nudge", "waiting")).due_at == datetime(2040, 1, 4, 9, tzinfo=UTC)
        await scheduler.configure(calendar())

        async def earlier() -> bool:
            return (await scheduler.row("nudge", "waiting")).due_at == datetime(2040, 1, 3, 9, tzinfo=UTC)

        await eventually(earlier)


async def test_one_occurrence_that_is_cancelled_is_followed_by_the_next(scheduler: Deployed) -> None:
    await scheduler.publish(REPORT)
    item = new_deal(entered_at=datetime(2040, 1, 1, 9, tzinfo=UTC))
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(item))
        first = await scheduler.row("report", "waiting")
        order = CancelExecution(execution=first.id, item=item.id, by="user:ann", reason="not today")
        await scheduler.announce(order, order)
        await scheduler.row("report", "cancelled")
        following = await scheduler.row("report", "waiting")
        assert (first.occurrence, following.occurrence) == ("2040-01-01", "2040-01-02")
        await scheduler.announce(order.model_copy(update={"execution": following.id, "series": True}))

        async def ended() -> bool:
            return [row.state for row in await scheduler.rows.executions()] == ["cancelled", "cancelled"]

        await eventually(ended)
        assert await scheduler.rows.timers() == []
