"""By what an item is found and sorted: the keys of its values and its words, kept where a value changed.

A move changes no value, and writes nothing here.
"""

from collections.abc import Sequence

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.elements import FieldKind
from contracts.items import Item

from crm_api.lists.keys import keys
from crm_api.lists.searching import words
from crm_api.record.items import Draft
from crm_api.store import index as store
from crm_api.store.index import Face

# What every item has, and its values do not say; what changes with a move is looked up on the item itself.
KEPT_ATTRIBUTES: dict[str, FieldKind] = {"title": "string", "responsible": "person", "created_at": "datetime"}


async def keep_index(tx: Transaction, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
    """Keep by what changed items are found, at the end of the transaction."""
    for draft in drafts:
        if not stays(draft):
            before = face(knowledge, draft.before.item) if draft.before else None
            await store.keep(tx, before, face(knowledge, draft.item))


def stays(draft: Draft) -> bool:
    """Say whether an item is found by the same as before."""
    if draft.before is None:
        return False
    before, after = draft.before.item, draft.item
    same = before.fields is after.fields or before.fields == after.fields
    return same and shown(before) == shown(after)


def shown(item: Item) -> tuple[object, ...]:
    """Give what an item is found by beside its fields."""
    return item.title, item.responsible, item.deleted


def face(knowledge: Knowledge, item: Item) -> Face:
    """Give all by which an item is found; a deleted one is found by nothing."""
    if item.deleted:
        return Face(item.id, item.type, {}, ())
    own = {name: keys(kind, getattr(item, name) or None) for name, kind in KEPT_ATTRIBUTES.items()}
    for name, field in knowledge.fields(item.type).items():
        if field.kind != "link" and item.fields.get(name) is not None:
            own[name] = keys(field.kind, item.fields[name])
    return Face(item.id, item.type, {name: held for name, held in own.items() if held}, tuple(words(knowledge, item)))
