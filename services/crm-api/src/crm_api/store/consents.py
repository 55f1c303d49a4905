"""What contacts agreed to and refused, as it was said."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from chassis.database import Transaction

from crm_api.consents import Consent

Place = tuple[datetime, UUID]
LATEST: Place = (datetime.max.replace(tzinfo=UTC), UUID(int=0))
COLUMNS = ("id", "contact", "channel", "state", "source", "text", "version", "said_by", "signal", "at")
TYPES = ("uuid", "uuid", "text", "text", "text", "text", "text", "text", "uuid", "timestamptz")
GIVEN = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(TYPES, start=1))
ADD = f"INSERT INTO consent ({', '.join(COLUMNS)}) SELECT * FROM unnest({GIVEN}) ON CONFLICT (id) DO NOTHING"
OF = (
    f"SELECT {', '.join(COLUMNS)} FROM consent WHERE contact = $1 AND (at, id) < ($2, $3)"
    " ORDER BY at DESC, id DESC LIMIT $4"
)
LAST = f"SELECT {', '.join(COLUMNS)} FROM consent WHERE contact = $1 AND channel = $2 ORDER BY at DESC, id DESC LIMIT 1"
INHERIT = "UPDATE consent SET contact = $1 WHERE contact = $2"
ERASE = "DELETE FROM consent WHERE contact = ANY($1::uuid[])"


async def add(tx: Transaction, said: Sequence[Consent]) -> None:
    """Write down what was said."""
    if said:
        rows = [[getattr(one, column) for column in COLUMNS] for one in said]
        await tx.execute(ADD, *map(list, zip(*rows, strict=True)))


async def of(tx: Transaction, contact: UUID, limit: int, before: Place = LATEST) -> list[Consent]:
    """Give what a contact said before a place in their history, the last first."""
    return [Consent(**row) for row in await tx.fetch(OF, contact, *before, limit)]


async def last(tx: Transaction, contact: UUID, channel: str) -> Consent | None:
    """Give what a contact said last about a channel."""
    row = await tx.fetchrow(LAST, contact, channel)
    return None if row is None else Consent(**row)


async def inherit(tx: Transaction, this: UUID, other: UUID) -> None:
    """Let one contact have said what another has."""
    await tx.execute(INHERIT, this, other)


async def erase(tx: Transaction, contacts: Collection[UUID]) -> None:
    """Forget what contacts said."""
    await tx.execute(ERASE, list(contacts))
