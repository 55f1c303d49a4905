"""What is paused is held, through restarts, and drains by each rule's own policy when it is resumed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from automation.knowledge import Knowledge
from automation.testing import PIPELINE, contact, record, rule
from chassis.freshness import StalenessGate
from chassis.ids import new_id
from chassis.process import opened
from chassis.testing import Deployment, eventually
from contracts.config import ConfigChanged
from rule_scheduler import main
from rule_scheduler.reading import Room
from rule_scheduler.resuming import Resuming
from rule_scheduler.testing import Deployed, deployed, moved, new_deal

CLIENT = contact()
TASK = {"create-task": {"title": "Call"}}
# Each was due two hours ago when the item is heard of.
LATE: dict[str, Any] = {"timing": {"after": "1 hour"}}
ALWAYS = rule("always", TASK, **LATE)
WITHIN = rule("within", **LATE, catch_up="run_if_late_by_at_most 3 hours")
TOO_LATE = rule("too-late", **LATE, catch_up="run_if_late_by_at_most 1 hour")
NEVER = rule("never", **LATE, catch_up="skip")
GREET = rule("greet")
RULES = (ALWAYS, WITHIN, TOO_LATE, NEVER, GREET)
# What the slow look would find, the resume must have found long before.
SETTINGS = {"look_again": timedelta(minutes=5)}


@pytest.fixture
async def scheduler(deployment: Deployment) -> AsyncIterator[Deployed]:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(*RULES)
        yield scheduler


def pause(scope: str, of: str = "", *, paused: bool = True) -> ConfigChanged:
    return record("pause", f"{scope}/{of}", {"scope": scope, "of": of, "paused": paused})


async def held(scheduler: Deployed, count: int) -> bool:
    timers = await scheduler.rows.timers()
    return len(timers) == count and all(timer["payload"] == b"held" for timer in timers)


@pytest.mark.parametrize("scope", [("all", ""), ("pipeline", PIPELINE)], ids=["all", "pipeline"])
async def test_what_is_paused_is_held_through_a_restart_and_drains_by_its_policy(
    scheduler: Deployed, scope: tuple[str, str]
) -> None:
    await scheduler.configure(pause(*scope))
    stays = new_deal(CLIENT, entered_at=datetime.now(UTC) - timedelta(hours=3))
    leaves = new_deal(CLIENT)
    async with scheduler.process(**SETTINGS), scheduler.crm_is_there():
        await scheduler.announce(scheduler.entry(stays, CLIENT), scheduler.entry(leaves, CLIENT))
        # Of the item that came now, only what belongs to its entry is due.
        await eventually(lambda: scheduler.rows.all("SELECT FROM timer HAVING count(*) = 10"))
        await eventually(lambda: scheduler.rows.all("SELECT FROM timer WHERE payload = 'held' HAVING count(*) = 6"))
        await scheduler.announce(scheduler.entry(moved(leaves), CLIENT))
        await scheduler.row("always", "cancelled", item=leaves.id)
    assert await scheduler.performed() == []
    async with scheduler.process(**SETTINGS), scheduler.crm_is_there():
        await eventually(lambda: held(scheduler, 6))
        await scheduler.configure(pause(*scope, paused=False))
        await scheduler.row("greet", "dispatched", item=leaves.id)
        await scheduler.row("always", "dispatched", item=stays.id)
        await scheduler.row("within", "dispatched", item=stays.id)
        missed = [await scheduler.row(key, "missed", item=stays.id) for key in ("too-late", "never")]
        # The greeting of three hours ago is a message to a client, which may come a day late.
        await scheduler.row("greet", "dispatched", item=stays.id)
        assert await scheduler.rows.timers() == []
        sent = await eventually(lambda: scheduler.performed(count=3))
    assert sorted(action.rule_key for action in sent) == ["greet", "greet", "within"]
    assert all(row.reason.startswith("too late: it was due at") for row in missed)


async def test_a_rule_that_is_resumed_runs_while_another_stays_held(scheduler: Deployed) -> None:
    await scheduler.configure(pause("rule", str(GREET.id)), pause("rule", str(WITHIN.id)))
    item = new_deal(CLIENT, entered_at=datetime.now(UTC) - timedelta(hours=3))
    async with scheduler.process(**SETTINGS), scheduler.process("fire", **SETTINGS), scheduler.crm_is_there():
        await scheduler.announce(scheduler.entry(item, CLIENT))
        await scheduler.row("always", "dispatched")
        await eventually(lambda: held(scheduler, 2))
        await scheduler.configure(pause("rule", str(GREET.id), paused=False))
        await scheduler.row("greet", "dispatched")
        await eventually(lambda: held(scheduler, 1))
        await scheduler.configure(pause("rule", str(WITHIN.id)).model_copy(update={"deleted": True, "data": {}}))
        await scheduler.row("within", "dispatched")
        await eventually(lambda: scheduler.performed(count=2))


async def test_many_that_are_held_come_back_in_chunks_and_all_of_them(deployment: Deployment) -> None:
    async with deployed(deployment) as scheduler:
        later = datetime.now(UTC) + timedelta(hours=1)
        async with scheduler.rows.transaction() as tx:
            await tx.execute(
                "INSERT INTO timer SELECT unnest($1::uuid[]), 'fire', $2, 'held'", [new_id() for _ in range(7)], later
            )
        async with opened(main.SERVICE, scheduler.settings, Knowledge.grown) as process:
            gate = StalenessGate(process.kafka, main.FRESH, scheduler.settings.max_staleness)
            room = Room(process.config, gate, process.outbox, scheduler.settings.look_again)
            resuming = Resuming(room, process.database, chunk=3)
            counts = []
            for _ in range(3):
                more = await resuming.turn()
                counts.append((len(await scheduler.rows.all("SELECT FROM timer WHERE payload = 'held'")), more))
            assert counts == [(4, True), (1, True), (0, False)]
            assert not await resuming.turn()
