"""What came again: noted on every item that the first one reached, and nothing else happens."""

from uuid import UUID

from chassis.database import Transaction
from contracts.data import JsonObject
from contracts.envelope import Envelope
from contracts.ids import derived

from crm_api.record.lines import Line
from crm_api.store import lines as stored_lines
from crm_api.store import signals as store


async def note(tx: Transaction, signal: UUID, kind: str, body: JsonObject, envelope: Envelope) -> list[UUID]:
    """Note it on the items that a signal reached, and give them; once for the message that caused it."""
    items = await store.reached(tx, signal)
    now = await tx.now()
    cause = envelope.cause
    told = {**body, "id": str(signal), "actor": cause.actor, "correlation": str(cause.correlation)}
    await stored_lines.add(
        tx, [Line(item, now, kind, told, id=derived(kind, signal, cause.causation, item)) for item in items]
    )
    return items
