"""What triggers gather until their items have been quiet; when to look at an item is a timer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from automation.settle_windows import Gathering
from chassis.database import Transaction
from chassis.timers import Timer, set_timers
from contracts.commands import FittingTrigger
from contracts.envelope import Cause
from contracts.items import Item, SignalSeen

LANE = "settling"
# Whoever looks at items that are due does not wait for one that is just being changed.
LOCK = "SELECT id FROM item WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
LOAD = (
    "SELECT item, trigger, stage, pipeline, before, began_at, due_at, signals, size, cause FROM settling"
    " WHERE item = ANY($1::uuid[]) ORDER BY item, began_at, trigger, stage"
)
KEEP = (
    "INSERT INTO settling (item, trigger, stage, pipeline, before, began_at, due_at, signals, size, cause)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (item, trigger, stage) DO UPDATE SET due_at = excluded.due_at, signals = excluded.signals,"
    " size = excluded.size, cause = excluded.cause"
)
DROP = "DELETE FROM settling WHERE item = $1 AND due_at <= $2"
FORGET = "DELETE FROM settling WHERE item = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Kept:
    """A gathering of one item, and what its last signal follows from."""

    item: UUID
    gathering: Gathering
    cause: Cause


async def lock(tx: Transaction, items: Collection[UUID]) -> list[UUID]:
    """Lock those of these items that nobody else holds."""
    return [row["id"] for row in await tx.fetch(LOCK, list(items))]


async def load(tx: Transaction, items: Collection[UUID]) -> list[Kept]:
    """Give what has been gathered of locked items."""
    return [of_row(dict(row)) for row in await tx.fetch(LOAD, list(items))]


async def keep(tx: Transaction, kept: Sequence[Kept]) -> None:
    """Keep what has been gathered of locked items."""
    for one in kept:
        await tx.execute(KEEP, *as_row(one))


async def look_at(tx: Transaction, moments: Mapping[UUID, datetime]) -> None:
    """Have items looked at, each at its moment."""
    await set_timers(tx, LANE, [Timer(item, at) for item, at in sorted(moments.items())])


async def drop(tx: Transaction, item: UUID, until: datetime) -> None:
    """Forget what was due of an item up to a moment."""
    await tx.execute(DROP, item, until)


async def forget(tx: Transaction, items: Collection[UUID]) -> None:
    """Forget all that was gathered of items."""
    await tx.execute(FORGET, list(items))


def as_row(one: Kept) -> tuple[Any, ...]:
    """Give the values of a row."""
    of, cause = one.gathering, one.cause
    signals = [signal.model_dump(mode="json") for signal in of.signals]
    from_ = {
        "correlation": str(cause.correlation),
        "causation": str(cause.causation),
        "hops": cause.hops,
        "actor": cause.actor,
        "traceparent": cause.traceparent,
    }
    before = of.before.model_dump(mode="json")
    fit = of.fit
    return (one.item, fit.id, fit.stage, fit.pipeline, before, of.began_at, of.due_at, signals, of.size, from_)


def of_row(row: Mapping[str, Any]) -> Kept:
    """Read a row."""
    gathering = Gathering(
        fit=FittingTrigger(id=row["trigger"], pipeline=row["pipeline"], stage=row["stage"]),
        before=Item.model_validate(row["before"]),
        began_at=row["began_at"],
        due_at=row["due_at"],
        signals=tuple(SignalSeen.model_validate(one) for one in row["signals"]),
        size=row["size"],
    )
    told = row["cause"]
    ids = {name: UUID(told[name]) for name in ("correlation", "causation")}
    return Kept(row["item"], gathering, Cause(**{**told, **ids}))
