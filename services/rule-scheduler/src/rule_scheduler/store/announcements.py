"""How far the announcement of all executions is."""

from dataclasses import dataclass
from uuid import UUID

from automation.desk.executions import Execution
from chassis.database import Transaction

from rule_scheduler.store import executions

# An announcement that ended is followed by a new one.
BEGIN = (
    "INSERT INTO announcement AS a (one, after, announced, ended) VALUES (true, $1, 0, false)"
    " ON CONFLICT (one) DO UPDATE SET after = $1, announced = 0, ended = false WHERE a.ended"
)
LOCK = "SELECT after, announced, ended FROM announcement FOR UPDATE"
KEEP = "UPDATE announcement SET after = $1, announced = $2, ended = $3"
CROWDED = "SELECT count(*) >= $1 FROM (SELECT FROM outbox LIMIT $1) AS waiting"
LAST_WAITING = "SELECT coalesce(max(seq), 0) FROM outbox"
WAITS = "SELECT EXISTS (SELECT FROM outbox WHERE seq <= $1)"
# Who changes one of them now is waited for, so that what is said of it keeps its order.
NEXT = "SELECT doc, dispatched, cause FROM execution WHERE id > $1 ORDER BY id LIMIT $2 FOR SHARE"


@dataclass(frozen=True, slots=True)
class Announced:
    """How far it is: `after` the last execution that was told; `crowded` where too much waits to be carried."""

    after: UUID
    announced: int
    ended: bool = False
    crowded: bool = False


async def begin(tx: Transaction) -> None:
    """Begin an announcement, or go on with one that was broken off."""
    await tx.execute(BEGIN, UUID(int=0))


async def lock(tx: Transaction) -> Announced:
    """Give how far it is, held against others who announce."""
    row = await tx.fetchrow(LOCK)
    assert row is not None  # noqa: S101  it was begun
    return Announced(row["after"], row["announced"], row["ended"])


async def keep(tx: Transaction, told: Announced) -> None:
    """Keep how far it is."""
    await tx.execute(KEEP, told.after, told.announced, told.ended)


async def is_crowded(tx: Transaction, most: int) -> bool:
    """Say whether so much waits to be carried that this waits too."""
    return bool(await tx.fetchval(CROWDED, most))


async def last_waiting(tx: Transaction) -> int:
    """Give the place of the last that waits to be carried."""
    return int(await tx.fetchval(LAST_WAITING))


async def waits(tx: Transaction, last: int) -> bool:
    """Say whether any up to this place still waits to be carried."""
    return bool(await tx.fetchval(WAITS, last))


async def next_chunk(tx: Transaction, after: UUID, limit: int) -> list[Execution]:
    """Give the next executions in the order of their ids."""
    rows = await tx.fetch(NEXT, after, limit)
    return [executions.read(row) for row in rows]
