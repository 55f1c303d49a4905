"""Whose turn it is to become responsible, and how many open items people have."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.database import Transaction

# Counting more would cost more, and nobody with so many is less busy than another with so many.
MOST_COUNTED = 10_000
TAKE = "INSERT INTO turn AS t (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET last = t.last RETURNING last"
GIVE = "UPDATE turn SET last = $2 WHERE name = $1"
BUSY = (
    "SELECT p.id, (SELECT count(*) FROM (SELECT FROM unnest($2::text[], $3::text[]) AS s (pipeline, stage)"
    " JOIN item i ON i.pipeline = s.pipeline AND i.stage = s.stage AND i.responsible = p.id AND NOT i.deleted"
    " AND i.id <> ALL($4::uuid[]) LIMIT $5) AS open) AS count FROM unnest($1::text[]) AS p (id)"
)


async def take(tx: Transaction, name: str) -> str:
    """Lock a turn until the end of the transaction, and give who had it last, "" for nobody."""
    return str(await tx.fetchval(TAKE, name))


async def give(tx: Transaction, name: str, to: str) -> None:
    """Keep who has had the turn."""
    await tx.execute(GIVE, name, to)


async def busy(
    tx: Transaction, people: Sequence[str], stages: Sequence[tuple[str, str]], without: Collection[UUID]
) -> dict[str, int]:
    """Count the items that people have in these stages, as (pipeline, stage), leaving some items out."""
    pipelines, keys = [pipeline for pipeline, _ in stages], [stage for _, stage in stages]
    rows = await tx.fetch(BUSY, list(people), pipelines, keys, list(without), MOST_COUNTED)
    return {row["id"]: row["count"] for row in rows}
