"""What each action of a rule does to its item, in one table; what cannot be done raises `FieldError`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from automation.knowledge import Knowledge
from contracts.commands import (
    AskEmployee,
    AssignItem,
    ChangeItem,
    CreateFromItem,
    DeleteItem,
    FetchItems,
    ItemCommand,
    MoveItem,
    PostToFeed,
    Remind,
    ScheduleActivity,
)
from contracts.data import JsonObject

from crm_api.access.rights import Rights
from crm_api.feed import posting
from crm_api.inside import scheduling
from crm_api.inside.asking import ask
from crm_api.inside.fetching import fetched
from crm_api.intake.payloads import plain
from crm_api.record import places, repeating
from crm_api.record.assigning import assign
from crm_api.record.changing import Changes
from crm_api.record.conversions import Conversion, convert

# Kinds for which a text with nothing in it is a value.
TEXTS = ("string", "text")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an action, and what later rules can read of it."""

    outcome: Literal["done", "failed"] = "done"
    reason: str = ""
    results: JsonObject = field(default_factory=dict)


async def move(changes: Changes, command: MoveItem, why: str) -> Done:
    """Move the item; standing there already is as good."""
    moved = changes.move(command.item, command.stage, why, pipeline=command.pipeline)
    item = changes.item(command.item)
    there, stage = places.place(changes.knowledge, item, command.pipeline, command.stage)
    if (item.pipeline, item.stage) != (there.id, stage):
        return Done("failed", f"loop: {changes.looped}")
    return Done(reason="" if moved else "it stands there already")


async def change(changes: Changes, command: ChangeItem, why: str) -> Done:
    """Set the item's fields."""
    type_ = changes.item(command.item).type
    changed = changes.set_fields(command.item, as_kinds(changes.knowledge, type_, command.fields), why)
    return Done(reason="" if changed else "nothing differs")


async def delete(changes: Changes, command: DeleteItem, why: str) -> Done:
    """Delete the item."""
    changes.delete(command.item, why)
    return Done()


async def create_from(changes: Changes, command: CreateFromItem, why: str) -> Done:
    """Make another item from the item, as a hop of its chain of causes."""
    if words := changes.stop(command.item, None, why):
        return Done("failed", f"loop: {words}")
    source = changes.item(command.item)
    if command.purpose == "conversion":
        made = await convert(changes, source, conversion(changes.knowledge, command), why)
    else:
        made = await repeating.again(changes, source, conversion(changes.knowledge, command), command.purpose, why)
    return Done(results={"id": str(made.id), "title": made.title})


async def assign_to(changes: Changes, command: AssignItem, why: str) -> Done:
    """Make somebody responsible."""
    changed = await assign(changes, [command.item], command.to, command.among, why)
    person = changes.knowledge.people[changes.item(command.item).responsible or ""]
    return Done(
        reason="" if changed else f"{person.name} is it already", results={"id": person.id, "name": person.name}
    )


async def fetch(changes: Changes, command: FetchItems, _: str) -> Done:
    """Give items that the rule's owner may read."""
    return Done(results=await fetched(changes, command, changes.rights or Rights(command.owner)))


async def schedule(changes: Changes, command: ScheduleActivity, _: str) -> Done:
    """Put an activity into a calendar."""
    remark, results = await scheduling.schedule(changes, command)
    return Done(reason=remark, results=results)


async def remind(changes: Changes, command: Remind, _: str) -> Done:
    """Plan a reminder."""
    return Done(results=await scheduling.remind(changes, command))


async def post(changes: Changes, command: PostToFeed, _: str) -> Done:
    """Post to the item's stream."""
    return Done(results={"post": str(await posting.by_rule(changes, command))})


def conversion(knowledge: Knowledge, command: CreateFromItem) -> Conversion:
    """Give what a rule wants to be made."""
    fields = as_kinds(knowledge, command.type, command.fields)
    return Conversion(command.type, command.pipeline, command.stage, command.title, fields, command.mapping)


def as_kinds(knowledge: Knowledge, type_: str, fields: Mapping[str, Any]) -> JsonObject:
    """Give values as their fields hold them: a rule writes texts, and one that came to nothing empties a field."""
    known, currency = knowledge.fields(type_), knowledge.portal.currency
    values: JsonObject = {}
    for key, value in fields.items():
        field_ = known.get(key)
        empty = value == "" and field_ is not None and field_.kind not in TEXTS
        values[key] = None if empty else plain(value, field_, currency)
    return values


DO: dict[type[ItemCommand], Callable[[Changes, Any, str], Awaitable[Done | None]]] = {
    MoveItem: move,
    ChangeItem: change,
    DeleteItem: delete,
    CreateFromItem: create_from,
    AssignItem: assign_to,
    FetchItems: fetch,
    AskEmployee: ask,
    PostToFeed: post,
    ScheduleActivity: schedule,
    Remind: remind,
}
