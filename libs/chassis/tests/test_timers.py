"""Durable timers: never early, never twice, cancelled or fired and not both."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from chassis import bounds
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.testing import eventually, running_tasks
from chassis.timers import Timer, Timers, cancel_timers, set_at_the_end, set_timers
from typing_extensions import override

from .conftest import Service


class Recorder:
    """Writes down what fires, in the transaction that deletes the timer."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.refused: set[UUID] = set()

    async def fire(self, tx: Transaction, timers: Sequence[Timer]) -> list[UUID]:
        done = [timer.id for timer in timers if timer.id not in self.refused]
        late = [(await tx.now() - timer.due_at).total_seconds() for timer in timers if timer.id in done]
        await tx.execute(
            "INSERT INTO handled (item, note) SELECT * FROM unnest($1::uuid[], $2::text[])", done, list(map(str, late))
        )
        return done

    async def fired(self) -> list[tuple[UUID, float]]:
        async with self.service.database.transaction() as tx:
            rows = await tx.fetch("SELECT item, note FROM handled ORDER BY seq")
        return [(row["item"], float(row["note"])) for row in rows]


@pytest.fixture
def recorder(service: Service) -> Recorder:
    return Recorder(service)


async def plan(service: Service, *seconds: float) -> list[Timer]:
    async with service.database.transaction() as tx:
        now = await tx.now()
        timers = [Timer(new_id(), now + timedelta(seconds=s)) for s in seconds]
        await set_timers(tx, "fire", timers)
    return timers


async def test_timers_fire_in_order_and_none_is_early(service: Service, recorder: Recorder) -> None:
    timers = await plan(service, 0.3, 0.1, 0.2, -5)

    async def all_fired() -> bool:
        return len(await recorder.fired()) == 4

    async with running_tasks(Timers(service.database, "fire", recorder.fire).run):
        await eventually(all_fired)
    told = await recorder.fired()
    assert [item for item, _ in told] == [t.id for t in sorted(timers, key=lambda t: t.due_at)]
    assert all(late >= 0 for _, late in told)


async def test_setting_a_timer_again_moves_it(service: Service, recorder: Recorder) -> None:
    (timer,) = await plan(service, -1)
    async with service.database.transaction() as tx:
        await set_timers(tx, "fire", [Timer(timer.id, timer.due_at + timedelta(hours=1))])
    assert await Timers(service.database, "fire", recorder.fire).turn() == 0
    assert await recorder.fired() == []


async def test_what_is_set_at_the_end_waits_as_any_other_does(service: Service, recorder: Recorder) -> None:
    moved, waiting = await plan(service, -1, 3600)
    async with service.database.transaction() as tx:
        later = moved.due_at + timedelta(hours=1)
        set_at_the_end(tx, "fire", [Timer(moved.id, later), Timer(waiting.id, moved.due_at, b"now")])
    async with running_tasks(Timers(service.database, "fire", recorder.fire).run):
        await eventually(recorder.fired)
    assert [item for item, _ in await recorder.fired()] == [waiting.id]


async def test_lanes_do_not_take_each_others_timers(service: Service, recorder: Recorder) -> None:
    (timer,) = await plan(service, -1)
    assert await Timers(service.database, "other", recorder.fire).turn() == 0
    assert await Timers(service.database, "fire", recorder.fire).turn() == 1
    assert [item for item, _ in await recorder.fired()] == [timer.id]


async def test_what_cannot_be_had_stays_due(service: Service, recorder: Recorder) -> None:
    first, second = await plan(service, -1, -1)
    recorder.refused.add(first.id)

    async def one() -> bool:
        return [item for item, _ in await recorder.fired()] == [second.id]

    async def both() -> bool:
        return [item for item, _ in await recorder.fired()] == [second.id, first.id]

    async with running_tasks(Timers(service.database, "fire", recorder.fire, tick=0.05).run):
        await eventually(one)
        recorder.refused.clear()
        await eventually(both)


async def test_behind_a_closed_gate_nothing_is_held_and_once_it_opens_what_is_due_fires(
    service: Service, recorder: Recorder
) -> None:
    (timer,) = await plan(service, -1)
    asked, opened = asyncio.Event(), False

    async def gate(_: Transaction) -> bool:
        asked.set()
        return opened

    async with running_tasks(Timers(service.database, "fire", recorder.fire, gate=gate).run):
        for _ in range(3):
            asked.clear()
            await asked.wait()
            async with service.database.transaction() as tx:
                assert await tx.fetch("SELECT id FROM timer FOR UPDATE NOWAIT")
        assert await recorder.fired() == []
        opened = True
        await eventually(recorder.fired)
    assert [item for item, _ in await recorder.fired()] == [timer.id]


async def test_a_crash_while_firing_leaves_the_timer_due(service: Service, recorder: Recorder) -> None:
    (timer,) = await plan(service, -1)

    async def crash(_: Transaction, __: Sequence[Timer]) -> list[UUID]:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await Timers(service.database, "fire", crash).turn()
    assert await Timers(service.database, "fire", recorder.fire).turn() == 1
    assert [item for item, _ in await recorder.fired()] == [timer.id]


@pytest.mark.parametrize("much", [bounds.MUCH, -1.0], ids=["a cheap look", "looks that cost"])
async def test_a_timer_committed_late_behind_the_remembered_bound_is_found(
    service: Service, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, much: float
) -> None:
    monkeypatch.setattr(bounds, "MUCH", much)
    timers = Timers(service.database, "fire", recorder.fire, tick=0.05)
    await plan(service, 0)
    await timers.turn()
    await plan(service, -3600)

    async def both() -> bool:
        return len(await recorder.fired()) == 2

    async with running_tasks(timers.run):
        await eventually(both)


async def test_cancel_and_fire_race_and_exactly_one_wins(service: Service, recorder: Recorder) -> None:
    timers = await plan(service, *[random.random() * 0.5 for _ in range(600)])  # noqa: S311  a spread of moments
    cancelled: set[UUID] = set()

    async def cancel() -> None:
        for _ in range(60):
            async with service.database.transaction() as tx:
                cancelled.update(await cancel_timers(tx, "fire", [t.id for t in random.sample(timers, 5)]))
            await asyncio.sleep(0.005)

    async def settled() -> bool:
        return len(await recorder.fired()) + len(cancelled) >= 600

    replicas = [Timers(service.database, "fire", recorder.fire, batch=20, tick=0.01) for _ in range(3)]
    async with running_tasks(*[replica.run for replica in replicas]):
        await cancel()
        await eventually(settled)
    fired = [item for item, _ in await recorder.fired()]
    assert len(fired) == len(set(fired))
    assert set(fired).isdisjoint(cancelled)
    assert set(fired) | cancelled == {t.id for t in timers}


async def test_who_sets_a_timer_in_this_process_wakes_who_takes_it(service: Service, recorder: Recorder) -> None:
    woken, stop, rests = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Resting(Timers):
        @override
        async def _sleep(self, seconds: float) -> None:
            rests.set()
            await super()._sleep(seconds)

    running = asyncio.create_task(Resting(service.database, "fire", recorder.fire, tick=3600, woken=woken).run(stop))
    await rests.wait()
    async with service.database.transaction() as tx:
        await set_timers(tx, "fire", [Timer(new_id(), await tx.now())])
        tx.after_commit(woken.set)
    await eventually(recorder.fired)
    stop.set()
    woken.set()
    await running


async def test_a_timer_that_is_set_anew_while_it_fires_stays(service: Service) -> None:
    (timer,) = await plan(service, -1)

    async def again(tx: Transaction, timers: Sequence[Timer]) -> list[UUID]:
        await set_timers(tx, "fire", [Timer(one.id, one.due_at, b"again") for one in timers])
        return [one.id for one in timers]

    assert await Timers(service.database, "fire", again).turn() == 1
    async with service.database.transaction() as tx:
        assert await tx.fetchval("SELECT payload FROM timer WHERE id = $1", timer.id) == b"again"


async def test_full_batches_follow_one_another_and_what_came_late_is_found_among_them(
    service: Service, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "EVERY", 0.0)
    planned = await plan(service, *[-n / 100 for n in range(50)])
    timers = Timers(service.database, "fire", recorder.fire, tick=0.05, batch=10)
    await timers.turn()
    late = await plan(service, -7200)

    async def all_of_them() -> bool:
        return len(await recorder.fired()) == 51

    async with running_tasks(timers.run):
        await eventually(all_of_them)
    assert {item for item, _ in await recorder.fired()} == {timer.id for timer in (*planned, *late)}
