"""Carries out what a rule asks of an item, on the record in memory, and answers what became of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from automation.assignment import LEAST_BUSY, TURNS, available, check_among, least_busy, name_of, next_in_turn
from automation.documents import DocumentError
from contracts.commands import (
    AssignItem,
    ChangeItem,
    CreateFromItem,
    DeleteItem,
    ItemCommand,
    MoveItem,
    PostToFeed,
    Remind,
    ScheduleActivity,
)
from contracts.data import JsonObject
from contracts.ids import derived
from contracts.items import Item, Link
from contracts.people import ItemAction

from crm_api.access.owners import NEEDS, rights_of_owner
from crm_api.access.rights import Forbidden, Rights
from crm_api.activities.activity import activity_id
from crm_api.activities.reminder import reminder_id
from crm_api.fields import FieldError, defaults, read_values
from crm_api.inside.acting import as_kinds, conversion
from crm_api.inside.commands import UNKNOWN, refused
from crm_api.intake.contacts import CONTACT
from crm_api.intake.signals import is_open
from crm_api.record import places
from crm_api.record.conversions import CARRIED_ROLES, Conversion, carried_links, taken
from crm_api.record.duplicates import known_by
from crm_api.record.items import Draft
from crm_api.record.linking import check_target
from crm_api.record.repeating import ROLES
from crm_api.simulation.turn import Turn


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a command, as an answer tells it."""

    outcome: str = "done"
    reason: str = ""
    results: JsonObject = field(default_factory=dict)


def carry_out(turn: Turn, command: ItemCommand, recorded: JsonObject, operators: Collection[str]) -> Done:
    """Do what a command asks, if it still may be done, and its owner may.

    `recorded` are the results that history had of it: what was made then has the same id now.
    """
    item = turn.record.item(command.item)
    refusal = refused(command, item, turn.now)
    if refusal or item is None:
        return Done("cancelled", refusal or UNKNOWN)
    turn.rights = rights_of_owner(command.owner, turn.knowledge, operators)
    try:
        require(turn.rights, item, NEEDS.get(type(command), "read"))
        return DO[type(command)](turn, command, recorded)
    except FieldError as error:
        turn.drop()
        return Done("failed", str(error))
    except Forbidden as error:
        turn.drop()
        return Done("failed", f"the rule acts with the rights of {command.owner or 'nobody'}: {error}")


def require(rights: Rights, item: Item, action: ItemAction) -> None:
    """Refuse what an owner may not do with an item, or who may not see it; raises `Forbidden`."""
    for one in () if rights.admin else ("read", action):
        if not rights.may(one, item):
            raise Forbidden(one, f"item {item.id}")


def move(turn: Turn, command: MoveItem, _: JsonObject) -> Done:
    """Move the item."""
    before = turn.open(command.item).item
    refusal = turn.move(command.item, command.pipeline, command.stage, why(command))
    if refusal:
        return Done("failed", refusal)
    return Done(reason="" if turn.open(command.item).item is not before else "it stands there already")


def change(turn: Turn, command: ChangeItem, _: JsonObject) -> Done:
    """Set the item's fields."""
    values = as_kinds(turn.knowledge, turn.open(command.item).item.type, command.fields)
    changed = turn.set_fields(command.item, values, why(command))
    return Done(reason="" if changed else "nothing differs")


def delete(turn: Turn, command: DeleteItem, _: JsonObject) -> Done:
    """Delete the item."""
    turn.open(command.item).delete()
    return Done()


def assign(turn: Turn, command: AssignItem, recorded: JsonObject) -> Done:
    """Make somebody responsible: who is named, or of several who it was then, else whose turn it is."""
    chosen = chosen_of(turn, command, str(recorded.get("id") or ""))
    person = turn.knowledge.people.get(chosen)
    if person is None:
        raise FieldError("to", f"{chosen!r} is nobody we know", f"send the id of a person, or {' or '.join(TURNS)}")
    if not person.active:
        raise FieldError("to", f"{person.name} is inactive", "send the id of somebody who is active")
    changed = turn.set_fields(command.item, {"responsible": chosen}, why(command))
    results = {"id": person.id, "name": person.name}
    return Done(reason="" if changed else f"{person.name} is it already", results=results)


def chosen_of(turn: Turn, command: AssignItem, then: str) -> str:
    """Choose who becomes responsible: of several again who it was `then`, if it can be; raises `FieldError`."""
    if command.to not in TURNS:
        return command.to
    try:
        meant = check_among(command.among, turn.knowledge)
    except DocumentError as error:
        raise FieldError(error.path, error.message, error.fix) from None
    candidates = available(meant, turn.knowledge, turn.now)
    if not candidates:
        raise FieldError("among", "nobody of them is there, and no deputy", "name others, or wait until one is back")
    name = name_of(meant)
    last = turn.record.turns.get(name, "")
    if then in candidates:
        chosen = then
    elif command.to == LEAST_BUSY:
        chosen = least_busy(candidates, busy(turn, candidates, command.item), last)
    else:
        chosen = next_in_turn(candidates, last)
    turn.record.turns[name] = chosen
    return chosen


def busy(turn: Turn, candidates: Collection[str], besides: UUID) -> dict[str, int]:
    """Count the open items of people, without the one that is given away now."""
    counted = dict.fromkeys(candidates, 0)
    for item in turn.record.standing():
        if item.responsible in counted and item.id != besides and is_open(item, turn.knowledge):
            counted[item.responsible] += 1
    return counted


def create_from(turn: Turn, command: CreateFromItem, recorded: JsonObject) -> Done:
    """Make another item from the item, linked both ways."""
    source = turn.open(command.item).item
    if refusal := turn.circles.refusal(turn.cause, source.id, None, turn.now):
        return Done("failed", refusal)
    asked = conversion(turn.knowledge, command)
    read = taken(turn.knowledge, source, asked)
    known = known_contact(turn, source, read.fields) if is_contact(command) else None
    if known is not None:
        if known.id != source.id:
            turn.link(source.id, Link(role=CONTACT, type=CONTACT, id=known.id))
        return Done(results={"id": str(known.id), "title": known.title})
    id_ = UUID(str(recorded["id"])) if "id" in recorded else derived("simulated-item", command.execution, command.round)
    responsible = turn.settled(asked.to, asked.pipeline, source.responsible)
    draft = place(turn, id_, asked)
    title = read.fields.get("title", source.title) if asked.title is None else asked.title
    given = {**defaults(turn.knowledge, asked.to), **read.fields, "title": title, "responsible": responsible}
    draft.put(*read_values(turn.knowledge, asked.to, given))
    join(turn, source, draft, command.purpose)
    return Done(results={"id": str(id_), "title": draft.item.title})


def place(turn: Turn, id_: UUID, asked: Conversion) -> Draft:
    """Begin an item in the place where it is asked for; raises `FieldError`."""
    bare = Item(id=id_, type=asked.to, pipeline=asked.pipeline, version=0, entered_at=turn.now, created_at=turn.now)
    if not asked.pipeline:
        return turn.make(bare, None, "")
    there = places.known_pipeline(turn.knowledge, asked.to, asked.pipeline)
    return turn.make(bare, there, places.known_stage(there, asked.stage or there.stages[0].key))


def join(turn: Turn, source: Item, made: Draft, purpose: str) -> None:
    """Link what was made of an item with it and its people; raises `FieldError` for one whom the owner does not see."""
    type_ = made.item.type
    to, back = ROLES.get(purpose, (type_, source.type))
    links = carried_links(source, type_) if purpose == "conversion" else again(source, back)
    for n, link in enumerate(links):
        linked = turn.record.item(link.id)
        if linked is not None and linked.deleted:
            continue
        if linked is not None:
            check_target(f"links.{n}", made.item.id, link, linked, () if turn.sees(linked) else (linked.id,))
        made.add_link(link)
    turn.link(source.id, Link(role=to, type=type_, id=made.item.id))


def schedule(_: Turn, command: ScheduleActivity, __: JsonObject) -> Done:
    """Say that an activity would be made; it has the id that it has in life."""
    id_ = activity_id(command.execution)
    return Done(results={"id": str(id_), "url": f"/v1/activities/{id_}"})


def remind(_: Turn, command: Remind, __: JsonObject) -> Done:
    """Say that a reminder would be planned."""
    return Done(results={"id": str(reminder_id(command.execution))})


def post(_: Turn, command: PostToFeed, __: JsonObject) -> Done:
    """Say that a post would be made; it has the id that it has in life."""
    return Done(results={"post": str(derived("feed-post", command.execution, command.round))})


def is_contact(command: CreateFromItem) -> bool:
    """Say whether a contact is asked for, which may be known already."""
    return command.purpose == "conversion" and command.type == CONTACT


def again(source: Item, role: str) -> tuple[Link, ...]:
    """Give the links of an item that is made once more: to its source, and to the source's people."""
    people = (link for link in source.links if link.role in CARRIED_ROLES)
    return Link(role=role, type=source.type, id=source.id), *people


def known_contact(turn: Turn, source: Item, values: JsonObject) -> Item | None:
    """Give the contact that is known by these values, else the one that the source has; None where there is none."""
    found = turn.record.contacts((one.kind, one.value) for one in known_by(turn.knowledge, values))
    linked = source.linked(CONTACT)
    there = (turn.record.item(id_) for id_ in (*found, *([linked] if linked else ())))
    return next((one for one in there if one is not None and not one.deleted and turn.sees(one)), None)


def why(command: ItemCommand) -> str:
    """Say which rule changed an item, for the events that tell of it."""
    return f"rule {command.rule}"


DO: dict[type[ItemCommand], Callable[[Turn, Any, JsonObject], Done]] = {
    MoveItem: move,
    ChangeItem: change,
    DeleteItem: delete,
    AssignItem: assign,
    CreateFromItem: create_from,
    PostToFeed: post,
    ScheduleActivity: schedule,
    Remind: remind,
}
