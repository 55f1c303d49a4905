"""Writes timeline lines."""

from collections.abc import Sequence

from chassis.database import Transaction

from crm_api.lines import Line

ADD = (
    "INSERT INTO timeline (id, item, at, kind, version, body)"
    " SELECT i, o, a, k, 0, b FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::jsonb[])"
    " AS u(i, o, a, k, b) ON CONFLICT (id) DO NOTHING"
)


async def add(tx: Transaction, lines: Sequence[Line]) -> None:
    """Add lines; one whose id is there already stays as it is."""
    if lines:
        columns = zip(*((line.id, line.item, line.at, line.kind, line.body) for line in lines), strict=True)
        await tx.execute(ADD, *columns)
