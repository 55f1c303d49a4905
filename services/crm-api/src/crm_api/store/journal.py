"""The journal, partitioned by month."""

from collections.abc import Iterable, Sequence

from chassis.database import Transaction, Write

from crm_api.record.journal import Entry

MONTHS_AHEAD = 3
WRITE = (
    "INSERT INTO journal (at, kind, key, body)"
    " SELECT a, k, y, b::jsonb FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[]) AS u(a, k, y, b)"
)
PREPARE = "SELECT journal_partitions(signalbox_now(), $1)"


async def write(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Write entries, at the end of the transaction."""
    tx.collect(WRITE, written).extend(entries)


def written(entries: list[Entry]) -> Iterable[Write]:
    """Give the one write of all entries of a transaction."""
    if entries:
        yield WRITE, tuple(zip(*((e.at, e.kind, e.key, e.body) for e in entries), strict=True))


async def prepare(tx: Transaction) -> None:
    """Make the partitions of this month and the next ones."""
    await tx.execute(PREPARE, MONTHS_AHEAD)
