"""A holiday that moves what waits for working days, while deals go on entering."""

import time
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from typing import Any

from stack import Stack

from benchmarks.load import tell
from benchmarks.timers import shop
from benchmarks.timers.draining import Ours
from benchmarks.timers.planning import Planning
from benchmarks.timers.processor import Meter
from benchmarks.timers.rounds import medians
from benchmarks.timers.scheduler import HOME, Scheduler

WEDNESDAY = 2
NOTED = "SELECT EXISTS (SELECT FROM sweep WHERE kind = 'calendar' AND ended)"
SWEPT = "SELECT EXISTS (SELECT FROM sweep WHERE kind = 'calendar' AND ended AND revision >= $1)"
DONE = "SELECT computed, moved FROM sweep WHERE kind = 'calendar'"
MOVED = "SELECT count(*) FROM execution WHERE version > 1"
EVICTED = "the group moved on"


async def holiday(started: Stack, chosen: Namespace) -> dict[str, Any]:
    """Measure entries a second before and while what waits is computed afresh, and how fast that goes."""
    async with Scheduler(started, "holiday.") as scheduler:
        meter = await Meter.of(started)
        ours, plans = Ours(scheduler, meter), Planning(scheduler, meter)
        await ours.plant(shop.WORKING, range(chosen.waiting // shop.RULES))
        await scheduler.vacuum()
        before, _ = await plans.entries(chosen.deals)
        began = 0.0

        async def swept() -> None:
            await scheduler.until(SWEPT, scheduler.revision, every=0.2)
            tell(f"what waits is computed afresh after {time.monotonic() - began:.1f} s")

        await scheduler.until(NOTED)
        began = time.monotonic()
        meanwhile, _ = await plans.entries(chosen.deals, shop.calendar(next_wednesday()), swept)
        seconds = time.monotonic() - began
        counted = dict(await scheduler.sql.fetchrow(DONE) or {})
        rows = await scheduler.sql.fetchval(MOVED)
    log = (HOME / "consume.0.log").read_text(errors="replace")
    return {
        "before": medians([before]),
        "meanwhile": medians([meanwhile]),
        "meanwhile to before": round(meanwhile.per_second / before.per_second, 3),
        "job": {"rows": rows, "seconds": round(seconds, 1), "rows_per_second": round(rows / seconds), "says": counted},
        "evicted": log.count(EVICTED),
    }


def next_wednesday() -> str:
    """Give a working day between the entries and the moments for which they wait."""
    day = datetime.now(UTC) + timedelta(days=37)
    return f"{day + timedelta(days=(WEDNESDAY - day.weekday()) % 7):%Y-%m-%d}"
