"""What is known again after a restore, by what was told of it."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.database import Transaction
from chassis.received import Received

VERSIONS = "SELECT id, version FROM item WHERE id = ANY($1::uuid[])"
# Without a digest: it is known when the signal comes again.
KNOW = (
    "INSERT INTO signal (id, kind, source, digest, decided_at, decision)"
    " SELECT *, 'applied' FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])"
    " ON CONFLICT (id) DO NOTHING"
)
REACH = "INSERT INTO signal_item (signal, item) SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING"
ANSWER = (
    "INSERT INTO command (execution, round, outcome, at)"
    " SELECT * FROM unnest($1::uuid[], $2::int[], $3::jsonb[], $4::timestamptz[]) ON CONFLICT DO NOTHING"
)


async def versions(tx: Transaction, items: Collection[UUID]) -> dict[UUID, int]:
    """Give the versions of those of these items that there are."""
    return {row["id"]: row["version"] for row in await tx.fetch(VERSIONS, list(items))}


async def know(tx: Transaction, events: Sequence[Received]) -> None:
    """Keep that the signals of these announcements were decided, and whom they reached."""
    told = [(one.data.signal, one) for one in events if one.data.signal is not None]
    if told:
        rows = [(signal.id, signal.kind, "", "", one.envelope.time) for signal, one in told]
        await tx.execute(KNOW, *zip(*rows, strict=True))
        await tx.execute(REACH, [signal.id for signal, _ in told], [one.data.item.id for _, one in told])


async def answer(tx: Transaction, answers: Sequence[Received]) -> None:
    """Keep the answers to commands."""
    if answers:
        rows = [
            (one.data.execution, one.data.round, one.data.model_dump(mode="json"), one.envelope.time) for one in answers
        ]
        await tx.execute(ANSWER, *zip(*rows, strict=True))
