"""The parts: a provider that answers at once and one that is slow, retries that wait, an account that hangs."""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from action_workers.actions import of_kind

from benchmarks.effects.peer import Peer
from benchmarks.effects.provider import HANGS
from benchmarks.effects.workers import Workers
from benchmarks.load import tell
from benchmarks.timers.draining import Drained
from benchmarks.timers.rounds import against, medians

NOW, SLOW = 0, 100
CONCURRENCY = max(action.concurrency for action in of_kind("sms"))
IDLE = 5.0
# Seconds until what hangs has taken what it takes.
HANGING_SINCE = 3.0


async def now(workers: Workers, chosen: Namespace) -> dict[str, Any]:
    """Measure a provider that answers at once."""
    return {**await beside_bare(workers, chosen.n, NOW, chosen), "aim": 0.25}


async def slow(workers: Workers, chosen: Namespace) -> dict[str, Any]:
    """Measure a provider that answers after 100 ms."""
    return {**await beside_bare(workers, chosen.n // 4, SLOW, chosen), "aim": 0.5}


async def beside_bare(workers: Workers, count: int, pause: int, chosen: Namespace) -> dict[str, Any]:
    """Measure ours, and the bare process half before and half after."""
    peer, bare, ours = Peer(workers, CONCURRENCY), [], []
    for _ in range(chosen.rounds):
        before = await peer.drained(count // 2, pause)
        ours.append(await of_ours(workers, count, pause, chosen.processes))
        bare.append(both(before, await peer.drained(count // 2, pause)))
        tell(f"bare: {bare[-1].told()}\n  ours: {ours[-1].told()}")
    return {"ours": medians(ours), "bare": medians(bare), "ours to bare": against(ours, bare)}


async def of_ours(workers: Workers, count: int, pause: int, processes: int = 1) -> Drained:
    """Measure so many effects of ours, by processes that are started for it."""
    await workers.vacuum()
    async with workers.running(*["sms"] * processes) as pids:
        await workers.warm(pause)
        return await workers.drained(count, pause, pids)


async def parked(workers: Workers, chosen: Namespace) -> dict[str, Any]:
    """Measure with retries that wait and, half before and half after, with none; and what they cost while idle."""
    without, beside, idle, idle_beside = [], [], [], []
    for _ in range(chosen.rounds):
        before, before_idle = await with_idle(workers, chosen.n // 2)
        await workers.park(chosen.parked, NOW)
        ran, idled = await with_idle(workers, chosen.n)
        await workers.clear()
        after, after_idle = await with_idle(workers, chosen.n // 2)
        without.append(both(before, after))
        beside.append(ran)
        idle.append((before_idle + after_idle) / 2)
        idle_beside.append(idled)
    return {
        "with none": medians(without),
        f"with {chosen.parked}": medians(beside),
        "with them to none": against(beside, without),
        "idle, ms of processor time a second": {"with none": mean(idle), "with them": mean(idle_beside)},
    }


async def with_idle(workers: Workers, count: int) -> tuple[Drained, float]:
    """Measure so many effects, and the milliseconds of processor time for each second with nothing to do."""
    await workers.vacuum()
    async with workers.running("sms") as pids:
        await workers.warm(NOW)
        ran = await workers.drained(count, NOW, pids)
        before = workers.meter.read(pids)
        await asyncio.sleep(IDLE)
        spent = workers.meter.read(pids).since(before).by
    return ran, (spent["client"] + spent["postgres"]) / IDLE * 1000


async def hanging(workers: Workers, chosen: Namespace) -> dict[str, Any]:
    """Measure one account while another hangs and, half before and half after, while none does."""
    told: dict[str, Any] = {}
    for pause, count in ((NOW, chosen.n), (SLOW, chosen.n // 4)):
        without, beside = [], []
        for _ in range(chosen.rounds):
            before = await of_ours(workers, count // 2, pause)
            beside.append(await while_one_hangs(workers, count, pause, chosen.hung))
            without.append(both(before, await of_ours(workers, count // 2, pause)))
        told[f"after {pause} ms, none hangs"] = medians(without)
        told[f"after {pause} ms, one hangs"] = medians(beside)
        told[f"after {pause} ms, one that hangs to none (aim 0.9)"] = against(beside, without)
    return told


async def while_one_hangs(workers: Workers, count: int, pause: int, hung: int) -> Drained:
    """Measure so many effects of an account while so many others of the kind wait for one that hangs."""
    await workers.vacuum()
    async with workers.running("sms") as pids:
        await workers.warm(pause)
        await workers.order(hung, HANGS)
        await asyncio.sleep(HANGING_SINCE)
        ran = await workers.drained(count, pause, pids)
    await workers.clear()
    return ran


def both(one: Drained, other: Drained) -> Drained:
    """Give two runs as one."""
    spent = type(one.spent)({name: value + other.spent.by[name] for name, value in one.spent.by.items()})
    return Drained(one.count + other.count, one.seconds + other.seconds, spent, one.wal + other.wal)


def mean(values: Sequence[float]) -> float:
    """Give the mean."""
    return round(sum(values) / len(values), 1)
