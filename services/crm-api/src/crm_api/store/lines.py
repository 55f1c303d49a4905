"""Writes timeline lines."""

from collections.abc import Iterable, Sequence

from chassis.database import Transaction, Write

from crm_api.record.lines import Line

ADD = (
    "INSERT INTO timeline (id, item, at, kind, version, body)"
    " SELECT i, o, a, k, 0, b FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::jsonb[])"
    " AS u(i, o, a, k, b) ON CONFLICT (id) DO NOTHING"
)


async def add(tx: Transaction, lines: Sequence[Line]) -> None:
    """Add lines, at the end of the transaction; one whose id is there already stays as it is."""
    tx.collect(ADD, added).extend(lines)


def added(lines: list[Line]) -> Iterable[Write]:
    """Give the one write of all lines of a transaction."""
    if lines:
        yield ADD, tuple(zip(*((one.id, one.item, one.at, one.kind, one.body) for one in lines), strict=True))
