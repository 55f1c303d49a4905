"""Whether an item is there, for what is filed under it."""

from uuid import UUID

from chassis.database import Transaction

from crm_api.items import ItemGone, ItemUnknown
from crm_api.store import items as stored_items


async def require_there(tx: Transaction, item: UUID) -> None:
    """Raise `ItemUnknown` or `ItemGone` for an item that is not there."""
    found = (await stored_items.load(tx, [item])).get(item)
    if found is None:
        raise ItemUnknown(item)
    if found.item.deleted:
        raise ItemGone(item)
