"""Which visitor is whom: known since they sent a form of ours, and only then kept at all."""

import hashlib
from collections.abc import Sequence

from chassis.database import Transaction
from chassis.secrets import Sealer
from contracts.signals import Identity

from trigger_gateway.store import visitors as store

SHORTEST, LONGEST = 20, 100


class Visitors:
    """Knows visitors by the hash of what their browser holds."""

    def __init__(self, sealer: Sealer) -> None:
        self.sealer = sealer

    async def know(self, tx: Transaction, visitor: str, identities: Sequence[Identity]) -> None:
        """Learn who a visitor is; what cannot be a visitor's id, or names nobody, is not kept."""
        if is_id(visitor) and identities:
            hashes = [self.sealer.identity(one.kind, one.value) for one in identities]
            told = [one.model_dump() for one in identities]
            await store.know(tx, hashed(visitor), told, hashes, await tx.now())


def is_id(visitor: str) -> bool:
    """Say whether this can be the random id that our script makes."""
    return SHORTEST <= len(visitor) <= LONGEST and visitor.isascii() and visitor.replace("-", "").isalnum()


def hashed(visitor: str) -> str:
    """Give the name by which a visitor is kept: nobody who reads the table can go as them."""
    return hashlib.sha256(visitor.encode()).hexdigest()
