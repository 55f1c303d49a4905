"""What senders use once, kept for longer than it is taken: the same delivery may come with it again, no other."""

from collections.abc import Sequence
from uuid import UUID

from chassis.database import Transaction

from trigger_gateway.store.deliveries import Delivery

SPEND = (
    "INSERT INTO nonce (source, nonce, delivery, digest, used_at)"
    " SELECT DISTINCT ON (source, nonce) source, nonce, delivery, digest, signalbox_now()"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS g(source, nonce, delivery, digest)"
    " ORDER BY source, nonce ON CONFLICT (source, nonce) DO NOTHING"
)
MISUSED = (
    "SELECT g.id FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[])"
    " AS g(source, nonce, delivery, digest, id) JOIN nonce n ON n.source = g.source AND n.nonce = g.nonce"
    " WHERE n.delivery <> g.delivery OR n.digest <> g.digest"
)
FORGET = "DELETE FROM nonce WHERE used_at < signalbox_now() - interval '3 days'"


async def spend(tx: Transaction, used: Sequence[tuple[str, Delivery]]) -> set[UUID]:
    """Keep nonces with what they came with, and give the deliveries whose nonce came with something else before."""
    if not used:
        return set()
    rows = [(one.source, nonce, one.delivery, one.digest, one.id) for nonce, one in used]
    columns = [list(column) for column in zip(*rows, strict=True)]
    await tx.execute(SPEND, *columns[:4])
    await tx.execute(FORGET)
    return {row["id"] for row in await tx.fetch(MISUSED, *columns)}
