"""Erases a person here: what copies, executions and signals hold of them; ids, moments and states stay."""

from chassis import erasure
from chassis.database import Transaction
from contracts.config import ConfigChanged, Erasure
from contracts.redacting import bare_item, bare_row

from rule_scheduler import store


async def erase(tx: Transaction, change: ConfigChanged) -> None:
    """Erase the person that a record names; once more does no harm, and repairs a restored backup."""
    erased: Erasure = change.record()
    await erasure.entomb(tx, erased)
    items = {erased.contact, *erased.items}
    copies = await store.copies.lock_known(tx, items)
    for copy in copies.values():
        copy.entry = None
        if copy.id == erased.contact and copy.item is not None:
            copy.item = bare_item(copy.item)
    await store.copies.write(tx, list(copies.values()))
    rows = [bare_row(row) for row in await store.executions.of_items(tx, items)]
    await store.executions.redact(tx, rows)
    await store.signals.erase(tx, items)
    await store.sweeps.erase(tx, items)
