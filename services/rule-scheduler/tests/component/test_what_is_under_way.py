"""Jobs that look for what changed wait for transactions that are under way, whichever of them is the newest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from automation.knowledge import Knowledge
from automation.testing import rule
from chassis.database import Transaction
from chassis.freshness import StalenessGate
from chassis.ids import new_id
from chassis.process import Process, opened
from chassis.testing import eventually, running
from rule_scheduler import main
from rule_scheduler.announcing import Announcing
from rule_scheduler.reading import Room
from rule_scheduler.resuming import Resuming
from rule_scheduler.store import sweeps
from rule_scheduler.store.announcements import Announced
from rule_scheduler.testing import Deployed, new_deal
from typing_extensions import override

HOLD = "INSERT INTO timer VALUES ($1, 'fire', signalbox_now() + interval '1 hour', 'held')"
HELD = "SELECT FROM timer WHERE payload = 'held'"


@asynccontextmanager
async def under_way(scheduler: Deployed) -> AsyncIterator[Transaction]:
    """Give the newest of all transactions that write, which has read the config and has not committed."""
    async with scheduler.rows.transaction() as tx:
        await tx.fetch("SELECT pg_current_xact_id()")
        yield tx


async def is_open(scheduler: Deployed) -> bool:
    async with scheduler.rows.transaction() as tx:
        return await sweeps.open_(tx) is not None


async def test_a_walk_begins_when_all_have_ended_who_may_plan_by_what_held_before(scheduler: Deployed) -> None:
    async with under_way(scheduler):
        async with scheduler.rows.transaction() as tx:
            await sweeps.note_items(tx, {new_id(): "contact: birthday changed by user:ann"})
            assert await sweeps.open_(tx) is None
        assert not await is_open(scheduler)
    await eventually(lambda: is_open(scheduler))


async def test_a_walk_that_waits_for_nobody_begins_in_the_turn_that_notes_it(scheduler: Deployed) -> None:
    async def begun() -> bool:
        async with scheduler.rows.transaction() as tx:
            await sweeps.note_items(tx, {new_id(): "contact: birthday changed by user:ann"})
            return await sweeps.open_(tx) is not None

    assert await eventually(begun)


async def test_what_is_held_by_who_has_not_seen_the_end_of_a_pause_is_resumed_too(scheduler: Deployed) -> None:
    async with opened(main.SERVICE, scheduler.settings, Knowledge.grown) as process:
        resuming = Resuming(room(process, scheduler), process.database)
        async with under_way(scheduler) as firing:
            await firing.execute(HOLD, new_id())
            for _ in range(3):
                assert not await resuming.turn()
        assert await scheduler.rows.all(HELD)

        async def resumed() -> bool:
            await resuming.turn()
            return not await scheduler.rows.all(HELD)

        await eventually(resumed)


@pytest.mark.parametrize(
    "trouble", [asyncpg.DeadlockDetectedError("deadlock detected"), asyncpg.ConnectionDoesNotExistError("cut")]
)
async def test_an_announcement_goes_on_after_the_database_broke_off_a_turn(
    scheduler: Deployed, trouble: Exception
) -> None:
    class BrokenOff(Announcing):
        turns = 0

        @override
        async def turn(self, tx: Transaction) -> Announced:
            told = await super().turn(tx)
            self.turns += 1
            if self.turns == 1:
                raise trouble
            return told

    await scheduler.publish(rule("nudge", timing={"after": "2 days"}))
    items = [new_deal() for _ in range(3)]
    async with scheduler.process("consume"):
        await scheduler.announce(*(scheduler.entry(item) for item in items))
        for item in items:
            await scheduler.row("nudge", "waiting", item=item.id)
    async with opened(main.SERVICE, scheduler.settings, Knowledge.grown) as process:
        announcing = await BrokenOff.begin(process)
        process.relay()
        process.tasks.append(announcing.run)
        async with running(process):
            await eventually(lambda: is_told(announcing, len(items)))


async def is_told(announcing: Announcing, count: int) -> bool:
    return announcing.told == count


def room(process: Process[Knowledge], scheduler: Deployed) -> Room:
    gate = StalenessGate(process.kafka, main.FRESH, scheduler.settings.max_staleness)
    return Room(process.config, gate, process.outbox, scheduler.settings.look_again)
