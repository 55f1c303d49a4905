"""How far each publish that migrates or cancels is with the items that wait."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from contracts.rules import RuleSet

from rule_scheduler.store.noticing import ALL_ENDED, NOTICED

NOTE = (
    f"INSERT INTO succession (pipeline, number, noticed) SELECT p, n, {NOTICED}"
    " FROM unnest($1::text[], $2::int[]) AS u(p, n) ON CONFLICT DO NOTHING"
)
# A transaction that began before the publish was there may yet plan by the rule set before it: it is waited for.
OPEN = (
    f"SELECT pipeline, number, after FROM succession WHERE NOT ended AND {ALL_ENDED}"
    " ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED"
)
ANY_OPEN = "SELECT EXISTS (SELECT FROM succession WHERE NOT ended)"
WAITING = (
    "SELECT DISTINCT item FROM execution WHERE pending"
    " AND doc::json -> 'rule_set' ->> 'pipeline' = $1 AND (doc::json -> 'rule_set' ->> 'number')::int < $2"
    " AND item > $3 ORDER BY item LIMIT $4"
)
ADVANCE = "UPDATE succession SET after = $3, ended = $4 WHERE pipeline = $1 AND number = $2"


@dataclass(frozen=True, slots=True)
class Succession:
    """One publish that is not done yet, and the last item that it has told."""

    pipeline: str
    number: int
    after: UUID


async def open_(tx: Transaction, asking: Collection[RuleSet]) -> Succession | None:
    """Note publishes, and give one that is not done, that all see and that nobody else works on, locked."""
    if asking:
        await tx.execute(NOTE, [one.pipeline for one in asking], [one.number for one in asking])
    row = await tx.fetchrow(OPEN)
    return None if row is None else Succession(**row)


async def is_any_open(tx: Transaction) -> bool:
    """Say whether any publish is not done, whoever works on it."""
    return bool(await tx.fetchval(ANY_OPEN))


async def waiting(tx: Transaction, of: Succession, limit: int) -> list[UUID]:
    """Give the next items that may wait on older rule sets, in the order of their ids."""
    return [row["item"] for row in await tx.fetch(WAITING, of.pipeline, of.number, of.after, limit)]


async def advance(tx: Transaction, of: Succession, after: UUID, *, ended: bool) -> None:
    """Keep how far it is."""
    await tx.execute(ADVANCE, of.pipeline, of.number, after, ended)
