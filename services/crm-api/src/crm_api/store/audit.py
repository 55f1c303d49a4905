"""The audit log, to which rows are added and from which they are read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction, Write

from crm_api.access.audit import Act

COLUMNS = "id, at, principal, operation, subject, outcome, address, correlation, detail"
ADD = (
    f"INSERT INTO audit ({COLUMNS}) SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[],"
    " $5::text[], $6::text[], $7::text[], $8::uuid[], $9::jsonb[])"
)
LISTED = (
    f"SELECT {COLUMNS} FROM audit WHERE (at, id) < ($1, $2)"
    " AND ($3 = '' OR principal = $3) AND ($4 = '' OR operation = $4) AND ($5 = '' OR subject = $5)"
    " AND ($6 = '' OR outcome = $6) ORDER BY at DESC, id DESC LIMIT $7"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which rows to list; what is empty means any."""

    principal: str = ""
    operation: str = ""
    subject: str = ""
    outcome: str = ""


def add(tx: Transaction, act: Act) -> None:
    """Add a row, at the end of the transaction."""
    tx.collect("audit", _rows).append(act)


def _rows(acts: list[Act]) -> list[Write]:
    columns = zip(*(tuple(dict(act).values()) for act in acts), strict=True)
    return [(ADD, tuple(map(list, columns)))]


async def listed(tx: Transaction, which: Which, before: tuple[datetime, UUID], limit: int) -> list[dict[str, Any]]:
    """List rows, newest first, behind a place in that order."""
    values = (which.principal, which.operation, which.subject, which.outcome)
    return [dict(row) for row in await tx.fetch(LISTED, *before, *values, limit)]
