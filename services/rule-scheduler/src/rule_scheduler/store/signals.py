"""The rows of signals that reached items in their present activation."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec
from chassis.database import Transaction
from contracts.items import SignalSeen

KEEP = (
    "INSERT INTO signal_seen (item, activation, signal, doc)"
    " SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::jsonb[]) ON CONFLICT DO NOTHING"
)
LOAD = "SELECT item, activation, doc FROM signal_seen WHERE item = ANY($1::uuid[])"
FORGET = (
    "DELETE FROM signal_seen AS s USING unnest($1::uuid[], $2::int[]) AS u(item, activation)"
    " WHERE s.item = u.item AND s.activation < u.activation"
)

ERASE = "UPDATE signal_seen SET doc = jsonb_set(doc, '{payload}', '{}') WHERE item = ANY($1::uuid[])"


async def keep(tx: Transaction, seen: Sequence[tuple[UUID, int, SignalSeen]]) -> None:
    """Keep signals, each with the item that it reached and that item's activation."""
    if not seen:
        return
    documents = [msgspec.Raw(signal.model_dump_json().encode()) for _, _, signal in seen]
    tx.at_the_end(KEEP, [s[0] for s in seen], [s[1] for s in seen], [s[2].id for s in seen], documents)


async def load(tx: Transaction, items: Collection[UUID]) -> list[tuple[UUID, int, SignalSeen]]:
    """Give what reached these items, each signal with the item and its activation."""
    rows = await tx.fetch(LOAD, list(items)) if items else []
    return [(row["item"], row["activation"], SignalSeen.model_validate(row["doc"])) for row in rows]


async def forget(tx: Transaction, entered: Mapping[UUID, int]) -> None:
    """Forget what reached these items before the activations that they entered."""
    if entered:
        tx.at_the_end(FORGET, list(entered), list(entered.values()))


async def erase(tx: Transaction, items: Collection[UUID]) -> None:
    """Forget what the signals that reached these items told."""
    await tx.execute(ERASE, list(items))
