"""A holiday that moves what waits for working days, while deals go on entering."""

import time
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from stack import Stack

from benchmarks.timers import shop
from benchmarks.timers.draining import Drained, Ours
from benchmarks.timers.planning import Planning
from benchmarks.timers.processor import Meter
from benchmarks.timers.rounds import medians
from benchmarks.timers.scheduler import HOME, Scheduler

WEDNESDAY = 2
NOTED = "SELECT bool_and(ended) AND bool_or(kind = 'calendar') FROM sweep"
SWEPT = "SELECT bool_and(ended) AND bool_or(kind = 'calendar' AND revision >= $1) FROM sweep"
SAYS = "SELECT computed, moved FROM sweep WHERE kind = 'calendar'"
MOVED = "SELECT count(*) FROM execution WHERE version > 1"
EVICTED = "the group moved on"


async def holiday(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure entries a second before, after, and while what waits is computed afresh, and how fast that goes."""
    async with Scheduler(started, "holiday.") as scheduler:
        meter = await Meter.of(started)
        ours, plans = Ours(scheduler, meter), Planning(scheduler, meter)
        await ours.plant(shop.WORKING, range(chosen.waiting // shop.RULES))
        await scheduler.vacuum()
        # The calendar itself is looked at first: nothing rests on it that was not computed by it.
        before, _ = await plans.entries(chosen.deals, then=partial(scheduler.until, NOTED))
        meanwhile, job = await adding(plans, chosen.deals)
        after, _ = await plans.entries(chosen.deals)
    both = before.per_second + after.per_second
    return {
        "before": medians([before]),
        "meanwhile": medians([meanwhile]),
        "after": medians([after]),
        "meanwhile to before and after (aim 0.8)": round(2 * meanwhile.per_second / both, 3),
        "job": job,
    }


async def adding(plans: Planning, deals: int) -> tuple[Drained, dict[str, Any]]:
    """Add the holiday and let deals enter; give what the entries came to, and what the job did."""
    sql, job = plans.scheduler.sql, {}

    async def swept() -> None:
        await plans.scheduler.until(SWEPT, plans.scheduler.revision, every=0.2)
        job["seconds"] = round(time.monotonic() - plans.began, 1)

    meanwhile, _ = await plans.entries(deals, shop.calendar(next_wednesday()), swept)
    rows = await sql.fetchval(MOVED)
    evicted = (HOME / "consume.0.log").read_text(errors="replace").count(EVICTED)
    counts = {"rows": rows, "rows_per_second": round(rows / job["seconds"]), "evicted": evicted}
    return meanwhile, {**job, **counts, "says": dict(await sql.fetchrow(SAYS) or {})}


def next_wednesday() -> str:
    """Give a working day between the entries and the moments for which they wait."""
    day = datetime.now(UTC) + timedelta(days=37)
    return f"{day + timedelta(days=(WEDNESDAY - day.weekday()) % 7):%Y-%m-%d}"
