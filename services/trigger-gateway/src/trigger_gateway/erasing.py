"""Erases a person here: what raw deliveries told, and their visits; that something was delivered, and when, stays."""

from chassis import erasure
from chassis.database import Transaction
from contracts.config import ConfigChanged, Erasure

from trigger_gateway.store import deliveries as stored_deliveries
from trigger_gateway.store import visitors as stored_visitors


async def erase(tx: Transaction, change: ConfigChanged) -> None:
    """Erase the person that a record names; once more does no harm, and repairs a restored backup."""
    erased: Erasure = change.record()
    await erasure.entomb(tx, erased)
    await stored_deliveries.erase(tx, erased)
    await stored_visitors.erase(tx, erased)
