"""Whether an item is there, for what is filed under it, and for whoever looks."""

from uuid import UUID

from chassis.database import Transaction
from contracts.items import Item

from crm_api.access.rights import Rights
from crm_api.record.items import ItemGone, ItemUnknown
from crm_api.store import items as stored_items


async def require_there(tx: Transaction, item: UUID) -> Item:
    """Give an item that stands, whoever asks; raises `ItemUnknown` or `ItemGone`."""
    found = (await stored_items.load(tx, [item])).get(item)
    if found is None:
        raise ItemUnknown(item)
    if found.item.deleted:
        raise ItemGone(item)
    return found.item


async def readable(tx: Transaction, item: UUID, rights: Rights, *, deleted: bool = False) -> Item:
    """Give an item that the caller may read, a deleted one where that will do.

    Raises `ItemUnknown` or `ItemGone` for one that is not there for them.
    """
    found = (await stored_items.load_within(tx, [item], rights.reach("read"))).get(item)
    if found is None:
        raise ItemUnknown(item)
    if found.item.deleted and not deleted:
        raise ItemGone(item)
    return found.item


async def changeable(tx: Transaction, item: UUID, rights: Rights) -> Item:
    """Give an item that the caller may change; raises `ItemUnknown`, `ItemGone`, `Forbidden`."""
    found = await readable(tx, item, rights)
    rights.require("change", found.type, found.pipeline, found.responsible)
    return found
