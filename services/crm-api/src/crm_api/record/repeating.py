"""Makes an item once more: a sale that repeats, or a copy in another pipeline; linked both ways by what they are."""

from typing import Literal

from contracts.items import Item, Link

from crm_api.goods import filling
from crm_api.intake import creating
from crm_api.record.changing import Changes
from crm_api.record.conversions import CARRIED_ROLES, Conversion, still_there, taken

# The role of the new item for its source, and of the source for the new item.
ROLES = {"repeat": ("repeat", "repeat_of"), "copy": ("copy", "copy_of")}


async def again(
    changes: Changes, source: Item, conversion: Conversion, purpose: Literal["repeat", "copy"], why: str
) -> Item:
    """Make an item once more from a locked one; raises `FieldError` for what cannot be made."""
    made_role, source_role = ROLES[purpose]
    read = taken(changes.knowledge, source, conversion)
    people = (link for link in source.links if link.role in CARRIED_ROLES)
    made = await changes.create(
        type=conversion.to,
        pipeline=conversion.pipeline,
        stage=conversion.stage,
        title=read.fields.get("title", source.title) if conversion.title is None else conversion.title,
        fields=read.fields,
        links=(Link(role=source_role, type=source.type, id=source.id), *still_there(changes, source, people)),
        responsible=source.responsible,
        why=why,
    )
    creating.note_unread(changes, made.id, read.unread)
    await filling.carry(changes, source, made)
    await changes.add_link(source.id, Link(role=made_role, type=made.type, id=made.id), why)
    return changes.item(made.id)
