"""When each firing was committed, and when its message went to Kafka, beside the moment at which it was due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from chassis.kafka import standing
from contracts import topics
from contracts.ids import execution_id

from benchmarks.timers import shop
from benchmarks.timers.planting import Planted
from benchmarks.timers.scheduler import Scheduler

COMMITTED = "SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM execution WHERE state = 'dispatched'"


class Performed(msgspec.Struct):
    """As much of a message to a worker as says which execution it is of."""

    execution: UUID


@dataclass(frozen=True, slots=True)
class Firing:
    """One execution: of which rule it is, and when it is due."""

    rule: int
    due_at: datetime


def expected(step: int, numbers: Iterable[int], entered_at: Planted) -> dict[UUID, Firing]:
    """Give the executions of these deals."""
    told = {}
    for n in numbers:
        deal, stage, at = shop.deal_id(n), n % len(shop.STAGES), entered_at(n)
        for k, rule in enumerate(shop.rule_ids(step, stage)):
            told[execution_id(rule, deal, 1)] = Firing(stage * shop.RULES + k, at + shop.delay(step, k))
    return told


async def committed(scheduler: Scheduler) -> dict[UUID, datetime]:
    """Give when each dispatch was committed, as the database stamped it."""
    return {row["id"]: row["at"] for row in await scheduler.sql.fetch(COMMITTED, timeout=120)}


async def sent(scheduler: Scheduler) -> dict[UUID, datetime]:
    """Give when the relay handed each message to Kafka, in whole milliseconds: the commit is before."""
    records = await standing(scheduler.kafka, topics.ACTIONS["sms"].name, scheduler.kafka.partitions)
    zero = datetime.fromtimestamp(0, tz=next(iter((await committed(scheduler)).values())).tzinfo)
    return {
        msgspec.json.decode(record.value or b"", type=Performed).execution: zero
        + timedelta(milliseconds=record.timestamp)
        for record in records
    }


def late(due: Mapping[UUID, Firing], at: Mapping[UUID, datetime]) -> list[float]:
    """Give by how many seconds each was late."""
    return [(at[one] - firing.due_at).total_seconds() for one, firing in due.items() if one in at]
