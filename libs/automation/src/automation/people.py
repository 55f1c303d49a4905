"""Who is meant: found at dispatch, and when someone is inactive, who stands in."""

from dataclasses import dataclass, field
from typing import Any

from contracts.actions import Recipient
from contracts.items import Item
from contracts.people import Person

from automation.actions.action import Channel
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.paths import of_item

ADDRESSES = {"phone": "phone", "email": "email"}
FORM = "write contact, responsible, supervisor, {role: …}, {user: …} or a field that holds a user"


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found; `notes` say who stands in for whom."""

    recipients: tuple[Recipient, ...]
    notes: tuple[str, ...] = ()
    seen: dict[str, Any] = field(default_factory=dict)


def check_to(to: Any, path: str) -> None:
    """Refuse what names nobody; raises `DocumentError`."""
    if isinstance(to, dict):
        fine = len(to) == 1 and next(iter(to)) in {"role", "user"}
    else:
        fine = to in {"contact", "responsible", "supervisor"} or "." in str(to)
    if not fine:
        raise DocumentError(path, f"{to!r} names nobody", FORM)


def resolve(to: Any, facts: Facts, channel: Channel = "person") -> Found:
    """Find the people that a rule means, with their address on a channel; always at least one recipient."""
    if isinstance(to, dict):
        name = next(iter(to.values()))
        return _role(name, facts, channel) if "role" in to else _person(name, facts, channel)
    if to == "responsible":
        return _person(facts.item.responsible, facts, channel, to)
    if to == "supervisor":
        return _person(facts.supervisor.id if facts.supervisor else None, facts, channel, to)
    root, _, name = str(to).partition(".")
    if name:
        return _named_by_field(str(to), facts, channel)
    return _contact(root, facts, channel)


def _contact(role: str, facts: Facts, channel: Channel) -> Found:
    contact = facts.link(role)
    if contact is None:
        return Found((Recipient(whom=role, missing=f"the item has no {role}"),), seen={role: None})
    address, missing = "", ""
    field_name = ADDRESSES.get(channel)
    seen: dict[str, Any] = {f"{role}.id": str(contact.id), f"{role}.version": contact.version}
    if field_name:
        address, missing = _reach(contact, field_name, role)
        seen[f"{role}.{field_name}"] = address or None
    name = str(of_item(contact, "name") or "")
    whom = f"{role}:{contact.id}"
    return Found((Recipient(whom=whom, name=name, address=address, contact=contact.id, missing=missing),), seen=seen)


def _reach(contact: Item, field_name: str, role: str) -> tuple[str, str]:
    address = contact.fields.get(field_name)
    return (str(address), "") if address else ("", f"the {role} has no {field_name}")


def _person(person_id: str | None, facts: Facts, channel: Channel, meant: str = "") -> Found:
    if not person_id:
        return Found((Recipient(whom=meant, missing=f"the item has no {meant}"),))
    person = facts.knowledge.people.get(person_id)
    if person is not None and person.active:
        return _found(person, channel)
    away = f"{person.name} is inactive" if person else f"{person_id} is unknown"
    stands_in, why = _stand_in(person, facts)
    if stands_in is None:
        return Found((Recipient(whom=f"person:{person_id}", missing=f"{away} and nobody stands in"),))
    return _found(stands_in, channel, (f"{away}: {stands_in.name}, {why}, stands in",))


def _stand_in(person: Person | None, facts: Facts) -> tuple[Person | None, str]:
    pipeline = facts.knowledge.pipelines.get(facts.item.pipeline)
    ways = [("the pipeline's owner", pipeline.owner if pipeline else None)]
    if person is not None:
        ways = [("the deputy", person.deputy), ("the supervisor", person.supervisor), *ways]
    for why, person_id in ways:
        candidate = facts.knowledge.people.get(person_id or "")
        if candidate is not None and candidate.active:
            return candidate, why
    return None, ""


def _found(person: Person, channel: Channel, notes: tuple[str, ...] = ()) -> Found:
    recipient = _to_person(person, channel)
    seen = {recipient.whom: recipient.address or None}
    return Found((recipient,), notes, seen)


def _to_person(person: Person, channel: Channel) -> Recipient:
    field_name = ADDRESSES.get(channel)
    address = str(getattr(person, field_name)) if field_name else person.id
    missing = "" if address else f"{person.name} has no {field_name}"
    return Recipient(whom=f"person:{person.id}", name=person.name, address=address, missing=missing)


def _role(role: str, facts: Facts, channel: Channel) -> Found:
    members = [person for person in facts.knowledge.people.values() if person.role == role and person.active]
    seen = {f"role:{role}": [person.id for person in members]}
    if not members:
        return Found((Recipient(whom=f"role:{role}", name=role, missing=f"nobody has the role {role}"),), seen=seen)
    if channel == "person":
        # One task, visible to all members and completed by any.
        return Found((Recipient(whom=f"role:{role}", name=role, address=role),), seen=seen)
    members.sort(key=lambda person: person.id)
    return Found(tuple(_to_person(person, channel) for person in members), seen=seen)


def _named_by_field(path: str, facts: Facts, channel: Channel) -> Found:
    value = facts.get(path)
    if value is EMPTY:
        return Found((Recipient(whom=path, missing=f"{path} is empty"),), seen={path: None})
    found = _person(str(value), facts, channel, path)
    return Found(found.recipients, found.notes, {path: value, **found.seen})
