"""A publish that migrates or cancels what waits, on real servers: all items, in chunks, through restarts."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from automation.knowledge import Knowledge
from automation.testing import PIPELINE, pipeline, record, rule
from chassis.freshness import StalenessGate
from chassis.process import Process, opened
from chassis.testing import eventually
from contracts import topics
from contracts.config import ConfigChanged
from contracts.executions import ExecutionRow, ExecutionRows
from contracts.items import Item
from contracts.rules import Rule
from rule_scheduler import main
from rule_scheduler.reading import Room
from rule_scheduler.successions import Successions
from rule_scheduler.testing import Deployed, new_deal

NUDGE = rule("nudge", timing={"after": "2 days"})
LATER = rule("nudge", timing={"after": "3 days"})
OTHER = rule("other", timing={"after": "2 days"})
LIKE_ANOTHER = (
    "INSERT INTO execution (id, item, activation, version, state, doc, cause)"
    " SELECT gen_random_uuid(), $1, activation, version, state, doc, cause FROM execution LIMIT 1"
)


def version(number: int, waiting: str, *rules: Rule) -> tuple[ConfigChanged, ConfigChanged]:
    stages = [{"stage": "new", "rules": [one.model_dump() for one in rules]}]
    data = {"pipeline": PIPELINE, "number": number, "stages": stages, "published_by": "user:rui", "waiting": waiting}
    return record("rule-set", f"{PIPELINE}/{number}", data), pipeline(rule_set=number)


async def planned(scheduler: Deployed, count: int) -> list[Item]:
    """Let items enter their first stage."""
    items = [new_deal() for _ in range(count)]
    await scheduler.announce(*(scheduler.entry(item) for item in items))
    for item in items:
        await scheduler.row("nudge", "waiting", item=item.id)
    return items


async def rows_of(scheduler: Deployed, key: str) -> list[ExecutionRow]:
    return [row for row in await scheduler.rows.executions() if row.rule_key == key]


async def test_a_publish_that_migrates_gives_every_waiting_item_the_new_rule_and_its_time(scheduler: Deployed) -> None:
    await scheduler.publish(NUDGE, OTHER)
    async with scheduler.process():
        items = {item.id: item for item in await planned(scheduler, 3)}
        await scheduler.configure(*version(2, "migrate", LATER))

        async def migrated() -> Sequence[ExecutionRow] | None:
            found = [row for row in await rows_of(scheduler, "nudge") if row.rule_set.number == 2]
            return found if len(found) == len(items) else None

        for row in await eventually(migrated):
            assert row.due_at == items[row.item].entered_at + timedelta(days=3)
        lacking = await rows_of(scheduler, "other")
        assert {row.state for row in lacking} == {"cancelled"}
        timers = {timer["id"]: timer["due_at"] for timer in await scheduler.rows.timers()}
        assert timers == {row.id: row.due_at for row in await rows_of(scheduler, "nudge")}

        async def told() -> set[UUID] | None:
            messages = await scheduler.deployment.data(topics.EXECUTIONS, ExecutionRows)
            seen = {row.item for message in messages for row in message.rows if row.rule_set.number == 2}
            return seen if seen == set(items) else None

        assert await eventually(told)


async def test_a_publish_that_cancels_ends_what_waits_and_what_was_entered_before_it(scheduler: Deployed) -> None:
    await scheduler.publish(NUDGE)
    async with scheduler.process():
        [item] = await planned(scheduler, 1)
        await scheduler.configure(*version(2, "cancel", LATER))
        ended = await scheduler.row("nudge", "cancelled", item=item.id)
        assert "version 2, published by user:rui" in ended.reason
        late = new_deal()
        await scheduler.announce(scheduler.entry(late, number=1))
        await scheduler.row("nudge", "cancelled", item=late.id)
        fresh = new_deal()
        await scheduler.announce(scheduler.entry(fresh, number=2))
        assert (await scheduler.row("nudge", "waiting", item=fresh.id)).rule_set.number == 2


async def test_the_job_goes_on_where_it_was_after_a_restart(scheduler: Deployed) -> None:
    await scheduler.publish(NUDGE)
    async with scheduler.process("consume"):
        items = await planned(scheduler, 3)
    for change in version(2, "cancel", LATER):
        scheduler.revision += 1
        await keep(scheduler, change.model_copy(update={"revision": scheduler.revision}))
    async with opened(main.SERVICE, scheduler.settings, Knowledge.grown) as process:
        for count in (1, 2, 3):
            assert await job(process, scheduler).turn()
            assert await told(process) == sorted(item.id for item in items)[:count]
        last = job(process, scheduler)
        assert await last.turn()
        assert not await last.turn()
    async with scheduler.process("consume"):
        for item in items:
            await scheduler.row("nudge", "cancelled", item=item.id)


async def keep(scheduler: Deployed, change: ConfigChanged) -> None:
    """Bring config to the scheduler while it is stopped."""
    async with (
        opened(main.SERVICE, scheduler.settings, Knowledge.grown) as process,
        process.database.transaction() as tx,
    ):
        await tx.execute(
            "INSERT INTO config (kind, id, revision, deleted, data, changed_by, changed_at)"
            " VALUES ($1, $2, $3, false, $4, 'user:rui', signalbox_now())"
            " ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data, revision = excluded.revision",
            change.kind,
            change.id,
            change.revision,
            change.data,
        )


def job(process: Process[Knowledge], scheduler: Deployed) -> Successions:
    """Give the job as a process that has just started has it, with chunks of one item."""
    gate = StalenessGate(process.kafka, main.FRESH, scheduler.settings.max_staleness)
    room = Room(process.config, gate, process.outbox, scheduler.settings.look_again)
    return Successions(room, process.database, chunk=1)


async def told(process: Process[Knowledge]) -> list[UUID]:
    """Give the items for which the job has set a timer."""
    async with process.database.transaction() as tx:
        return [row["id"] for row in await tx.fetch("SELECT id FROM timer WHERE lane = 'succeed' ORDER BY id")]


async def test_what_was_being_planned_as_the_publish_came_is_waited_for_and_told_too(scheduler: Deployed) -> None:
    await scheduler.publish(NUDGE)
    async with scheduler.process("consume"):
        [item] = await planned(scheduler, 1)
    late = new_deal()
    async with opened(main.SERVICE, scheduler.settings, Knowledge.grown) as process:
        async with scheduler.rows.transaction() as planning:
            # Another process plans by the rule set before the publish, and has not committed when the job looks.
            await planning.execute(LIKE_ANOTHER, late.id)
            for change in version(2, "cancel", LATER):
                scheduler.revision += 1
                await keep(scheduler, change.model_copy(update={"revision": scheduler.revision}))
            working = job(process, scheduler)
            assert not await working.turn()
            assert await told(process) == []

        async def all_told() -> bool:
            await working.turn()
            return await told(process) == sorted([item.id, late.id])

        await eventually(all_told)
