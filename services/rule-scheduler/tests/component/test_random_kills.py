"""Two replicas of each role under random kills: nothing is lost, nothing happens twice, nothing both fires and ends.

A seeded crowd of items enters, leaves, comes back, changes its dates and is told of twice, the calendar changes, a rule
is paused for a while, and processes are killed by the operating system in the middle of their work.
`SIGNALBOX_KILLS_SECONDS` makes it longer, `SIGNALBOX_KILLS_SEED` another one.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.intervals import Interval
from automation.testing import contact, record, rule
from automation.working_time import WorkingTime
from chassis.testing import Deployment, eventually
from contracts import topics
from contracts.actions import PerformAction
from contracts.config import Calendar
from contracts.data import Data
from contracts.executions import ExecutionRow, ExecutionRows, latest
from contracts.ids import execution_id
from contracts.items import Item, ItemChanged
from contracts.orders import CancelExecution
from rule_scheduler.testing import Deployed, deployed, moved, new_deal
from rule_scheduler.testing.replicas import Replicas, replicas

SECONDS = float(os.environ.get("SIGNALBOX_KILLS_SECONDS", "20"))
SEED = int(os.environ.get("SIGNALBOX_KILLS_SEED", "0")) or random.randrange(1, 10**6)  # noqa: S311
CLIENT = contact()
GREET = rule("greet")
SOON = rule("soon", timing={"after": "1 second"})
LATER = rule("later", timing={"after": "4 seconds"})
STAYS = rule("stays", timing={"after": "3 seconds"}, keep_on_leave=True)
NUDGE = rule("nudge", timing={"after": "2 days"})
WORKING = rule("working", timing={"after": "5 days", "working_time": "portal"})
REMIND = rule("remind", timing={"before": "item.payment_due", "by": "1 day", "zone": "UTC"})
RULES = (GREET, SOON, LATER, STAYS, NUDGE, WORKING, REMIND)
# Two of each, and those that only fire are killed more often: a group waits seconds for a reader that died.
ROLES = ("consume", "consume", "fire", "fire")
VICTIMS = (0, 1, 2, 3, 2, 3, 2, 3)
# What a pause holds is due once the scheduler has heard that the pause is over.
TIMERS = "SELECT * FROM timer WHERE due_at < signalbox_now() + interval '10 seconds' OR payload = 'held'"
KEYS = {one.id: one.key for one in RULES}


def calendar(*holidays: str) -> dict[str, Any]:
    """Give a calendar in which every moment is a working one, but for holidays."""
    weekly = {day: [("00:00", "24:00")] for day in range(7)}
    return {"id": "portal", "zone": "UTC", "weekly": weekly, "holidays": holidays}


class Crowd:
    """Items that come, go and change; it knows how each stands."""

    def __init__(self, scheduler: Deployed, seed: int) -> None:
        self.scheduler = scheduler
        self.random = random.Random(seed)  # noqa: S311  the same crowd once more, for whoever looks for a fault
        self.items: dict[UUID, Item] = {}
        self.entered: set[tuple[UUID, int]] = set()
        self.cancelled: set[UUID] = set()
        self.calendar = calendar()
        self.paused = False

    async def come_and_go(self, seconds: float, enough: Callable[[], bool]) -> None:
        """Let things happen for so long, and until enough has happened besides."""
        began = asyncio.get_running_loop().time()
        while (now := asyncio.get_running_loop().time() - began) < seconds or not enough():
            await self._configure(now / seconds)
            await self.scheduler.announce(*(self._something() for _ in range(20)))
            await self.scheduler.say(*self.random.sample(self.scheduler.sent, 3))
            await self._cancel_one()
            await asyncio.sleep(0.1)
        # On a busy machine one round may take as long as the rest of the time, and the pause would last for ever.
        await self._configure(1.0)

    async def _configure(self, passed: float) -> None:
        """Change the calendar now and then; pause a rule in the second quarter."""
        if self.random.random() < 0.05:
            ahead = {self.random.randint(1, 8) for _ in range(3)}
            self.calendar = calendar(*sorted((datetime.now(UTC) + timedelta(days=n)).date().isoformat() for n in ahead))
            await self.scheduler.configure(record("calendar", "portal", self.calendar))
        paused = 0.25 < passed < 0.5
        if paused != self.paused:
            self.paused = paused
            pause = {"scope": "rule", "of": str(SOON.id), "paused": paused}
            await self.scheduler.configure(record("pause", "soon", pause))

    def _something(self) -> Data:
        if len(self.items) < 30 or self.random.random() < 0.3:
            item = new_deal(CLIENT, payment_due="2040-01-01")
            return self._enter(item)
        item = self.random.choice(list(self.items.values()))
        if self.random.random() < 0.5:
            day = f"2040-01-{self.random.randint(1, 28):02}"
            changed = item.model_copy(update={"version": item.version + 1, "fields": {"payment_due": day}})
            self.items[item.id] = changed
            return ItemChanged(item=changed, linked=(CLIENT,), config=1, changed={"payment_due": {}})
        return self._enter(moved(item, "documents" if item.stage == "new" else "new"))

    def _enter(self, item: Item) -> Data:
        self.items[item.id] = item
        if item.stage == "new":
            self.entered.add((item.id, item.activation))
        return self.scheduler.entry(item, CLIENT)

    async def _cancel_one(self) -> None:
        waiting = await self.scheduler.rows.all("SELECT id, item FROM execution WHERE state = 'waiting' ORDER BY id")
        nudges = {execution_id(NUDGE.id, *entry) for entry in self.entered}
        found = [row for row in waiting if row["id"] in nudges]
        if found:
            one = self.random.choice(found)
            self.cancelled.add(one["id"])
            order = CancelExecution(execution=one["id"], item=one["item"], by="user:ann", reason="enough")
            await self.scheduler.announce(order)

    def expected(self) -> set[UUID]:
        """Give the executions that must be there: each rule of each entry, once."""
        return {execution_id(one.id, *entry) for entry in self.entered for one in RULES}


async def kill(running: Replicas, chance: random.Random) -> None:
    """Kill one process after the other until cancelled."""
    while True:
        await asyncio.sleep(chance.uniform(0.7, 2.0))
        await running.kill(chance.choice(VICTIMS))


async def unsettled(scheduler: Deployed, crowd: Crowd) -> list[str]:
    """Say what is not heard, due, ordered, swept or carried yet."""
    look = scheduler.rows.all
    heard = {row["id"]: row["heard"] for row in await look("SELECT id, heard FROM item_copy")}
    [config] = await look("SELECT coalesce(max(revision), 0) AS heard FROM config")
    waits = {
        "config": range(config["heard"], scheduler.revision),
        "items": [item.id for item in crowd.items.values() if heard.get(item.id) != item.version],
        "timers": await look(TIMERS),
        "records": await look("SELECT seq, bucket, topic, created_at FROM outbox"),
        "cancelled": await look(
            "SELECT id, doc, dispatched FROM execution WHERE id = ANY($1::uuid[]) AND state = 'waiting'",
            list(crowd.cancelled),
        ),
        "sweeps": await look("SELECT * FROM sweep WHERE NOT ended"),
    }
    return [f"{len(found)} {name}, such as {found[0]}" for name, found in waits.items() if found]


async def settled(scheduler: Deployed, crowd: Crowd) -> bool:
    """Say whether all is heard, nothing is due any more, and all that was said is carried."""
    return not await unsettled(scheduler, crowd)


@pytest.mark.req("B12", "M2")
@pytest.mark.timeout(900 + SECONDS)
async def test_under_random_kills_each_rule_of_each_entry_ends_in_one_way_and_once(deployment: Deployment) -> None:
    print(f"SIGNALBOX_KILLS_SEED={SEED}")  # noqa: T201  shown where the test fails
    async with deployed(deployment) as scheduler:
        await scheduler.publish(*RULES, extra=[record("calendar", "portal", calendar())])
        crowd = Crowd(scheduler, SEED)
        async with scheduler.crm_is_there(), replicas(scheduler, ROLES) as running:
            killing = asyncio.create_task(kill(running, random.Random(SEED + 1)))  # noqa: S311  as above
            await crowd.come_and_go(SECONDS, lambda: killing.done() or running.kills > SECONDS / 4)
            killing.cancel()
            await asyncio.wait([killing])
            try:
                await eventually(lambda: settled(scheduler, crowd), within=240, every=0.5)
            except AssertionError:
                raise AssertionError(await unsettled(scheduler, crowd)) from None
        rows = {row.id: row for row in await scheduler.rows.executions()}
        print(f"{len(crowd.items)} items, {len(rows)} executions, {running.kills} kills")  # noqa: T201  as above
        assert running.kills > SECONDS / 4
        assert rows.keys() == crowd.expected()
        await as_it_was_said(deployment, rows)
        as_it_must_end(crowd, rows)
        assert await deadlocks(scheduler) == 0


async def as_it_was_said(deployment: Deployment, rows: dict[UUID, ExecutionRow]) -> None:
    """Check rows against what workers and timelines were told: each effect once, and for rows that were sent alone."""
    asked = [s for s in await deployment.seen(topics.ACTIONS["sms"]) if isinstance(s.data, PerformAction)]
    # A relay that dies before it could delete what was acknowledged sends it again: the very same message.
    messages = {(s.headers["ce_id"], s.data.execution) for s in asked if isinstance(s.data, PerformAction)}
    assert set(Counter(execution for _, execution in messages).values()) == {1}
    assert {execution for _, execution in messages} == {row.id for row in rows.values() if row.dispatched_at}
    assert latest(await deployment.data(topics.EXECUTIONS, ExecutionRows)) == (rows, {})


def as_it_must_end(crowd: Crowd, rows: dict[UUID, ExecutionRow]) -> None:
    """Check that each row ended as its item went, never early, and is either sent or cancelled."""
    working = WorkingTime(Calendar.model_validate(crowd.calendar))
    for row in rows.values():
        item, key = crowd.items[row.item], KEYS[row.rule]
        sent = row.dispatched_at is not None
        stands = item.activation == row.activation
        assert row.state in ({"dispatched"} if sent else {"cancelled", "waiting"}), row
        assert not sent or (row.due_at is not None and row.due_at <= (row.dispatched_at or row.due_at)), row
        if key in {"greet", "stays"} or (stands and key in {"soon", "later"}):
            assert sent, row
        elif key in {"nudge", "remind", "working"}:
            ends = not stands or row.id in crowd.cancelled
            assert row.state == ("cancelled" if ends else "waiting"), row
        if key == "working" and stands:
            assert row.due_at == working.add(item.entered_at, Interval(days=5)), row
        if key == "remind" and stands:
            due = datetime.fromisoformat(item.fields["payment_due"]).replace(tzinfo=UTC) - timedelta(days=1)
            assert row.due_at == due, row


async def deadlocks(scheduler: Deployed) -> int:
    """Give how often PostgreSQL had to end a transaction because two waited for one another."""
    await asyncio.sleep(1)
    [row] = await scheduler.rows.all("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(row["deadlocks"])
