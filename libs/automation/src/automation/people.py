"""Who is meant: found at dispatch, and when someone is inactive, who stands in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contracts.actions import Recipient
from contracts.items import Item
from contracts.people import TURNS, Absence, Person

from automation.actions.action import Channel
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.knowledge import Knowledge
from automation.paths import of_item
from automation.wall_times import local_day, read_zone

ADDRESSES = {"phone": "phone", "email": "email"}
RESPONSIBLE = f"write responsible, supervisor, {{user: …}}, a field that holds a user, {', '.join(TURNS)}"
FORM = "write contact, responsible, supervisor, {role: …}, {user: …} or a field that holds a user"


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found; `notes` say who stands in for whom."""

    recipients: tuple[Recipient, ...]
    notes: tuple[str, ...] = ()
    seen: dict[str, Any] = field(default_factory=dict)


def check_to(to: Any, path: str, channel: Channel = "person") -> None:
    """Refuse what names nobody; raises `DocumentError`."""
    if channel == "crm":
        fine, form = _may_be_responsible(to), RESPONSIBLE
    else:
        fine, form = _may_receive(to), FORM
    if not fine:
        raise DocumentError(path, f"{to!r} names nobody", form)


def resolve(to: Any, facts: Facts, now: datetime, channel: Channel = "person") -> Found:
    """Find the people that a rule means, with their address on a channel; always at least one recipient."""
    search = _Search(facts, now, channel)
    if channel == "crm" and to in TURNS:
        return Found((Recipient(whom=to, address=to),))
    if isinstance(to, dict):
        return search.named(to)
    if to == "responsible":
        return search.person(facts.item.responsible, to)
    if to == "supervisor":
        return search.person(facts.supervisor.id if facts.supervisor else None, to)
    root, _, name = str(to).partition(".")
    return search.named_by_field(str(to)) if name else _contact(root, facts, channel)


def absence(person: Person, knowledge: Knowledge, now: datetime) -> Absence | None:
    """Give the absence that a person has on the present day of their own zone, else the portal's."""
    if not person.absences:
        return None
    today = local_day(now, read_zone(person.zone or knowledge.portal.zone))
    return next((one for one in person.absences if one.first <= today <= one.last), None)


def is_there(person: Person | None, knowledge: Knowledge, now: datetime) -> bool:
    """Say whether somebody can be asked to do something now: known, active and not absent."""
    return person is not None and person.active and absence(person, knowledge, now) is None


def stand_ins(person: Person | None, away: Absence | None, owner: str | None) -> Iterator[tuple[str, str]]:
    """Give whom to ask instead of a person, the nearest first, each with the words for why it is them."""
    ways: list[tuple[str | None, str]] = [(owner, "the pipeline's owner")]
    if person is not None:
        ways = [(person.deputy, "the deputy"), (person.supervisor, "the supervisor"), *ways]
    if away is not None:
        ways.insert(0, (away.deputy, "the deputy for these days"))
    yield from ((id_, why) for id_, why in ways if id_)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search for persons at one moment."""

    facts: Facts
    now: datetime
    channel: Channel

    def named(self, to: dict[str, str]) -> Found:
        name = next(iter(to.values()))
        return _role(name, self.facts, self.channel) if "role" in to else self.person(name)

    def person(self, person_id: str | None, meant: str = "") -> Found:
        if not person_id:
            return Found((Recipient(whom=meant, missing=f"the item has no {meant}"),))
        person = self.facts.knowledge.people.get(person_id)
        away = absence(person, self.facts.knowledge, self.now) if person else None
        if person is not None and person.active and away is None:
            return _found(person, self.channel)
        return self._instead(person, person_id, away)

    def _instead(self, person: Person | None, person_id: str, away: Absence | None) -> Found:
        words = _away(person, person_id, away.last if away else None)
        stands_in, why = self._stand_in(person, away)
        if stands_in is not None:
            return _found(stands_in, self.channel, (f"{words}: {stands_in.name}, {why}, stands in",))
        if person is not None and person.active:
            # Late is better than never: who is away finds it on coming back.
            return _found(person, self.channel, (f"{words} and nobody stands in",))
        return Found((Recipient(whom=f"person:{person_id}", missing=f"{words} and nobody stands in"),))

    def named_by_field(self, path: str) -> Found:
        value = self.facts.get(path)
        if value is EMPTY:
            return Found((Recipient(whom=path, missing=f"{path} is empty"),), seen={path: None})
        found = [self.person(str(one), path) for one in (value if isinstance(value, list | tuple) else [value])]
        return _together(found, {path: value})

    def _stand_in(self, person: Person | None, away: Absence | None) -> tuple[Person | None, str]:
        knowledge = self.facts.knowledge
        pipeline = knowledge.pipelines.get(self.facts.item.pipeline)
        for id_, why in stand_ins(person, away, pipeline.owner if pipeline else None):
            candidate = knowledge.people.get(id_)
            if candidate is not None and is_there(candidate, knowledge, self.now):
                return candidate, why
        return None, ""


def _may_be_responsible(to: Any) -> bool:
    # One person becomes responsible: a contact cannot be, and of several one must be chosen.
    if isinstance(to, str):
        return to in {"responsible", "supervisor", *TURNS} or "." in to
    return bool(to.keys() == {"user"})


def _may_receive(to: Any) -> bool:
    if isinstance(to, dict):
        return len(to) == 1 and next(iter(to)) in {"role", "user"}
    return to in {"contact", "responsible", "supervisor"} or "." in str(to)


def _together(found: Sequence[Found], seen: dict[str, Any]) -> Found:
    recipients = {recipient.whom: recipient for one in found for recipient in one.recipients}
    notes = tuple(note for one in found for note in one.notes)
    for one in found:
        seen = seen | one.seen
    return Found(tuple(recipients.values()), notes, seen)


def _away(person: Person | None, person_id: str, until: date | None) -> str:
    if person is None:
        return f"{person_id} is unknown"
    return f"{person.name} is away until {until}" if person.active and until else f"{person.name} is inactive"


def _contact(role: str, facts: Facts, channel: Channel) -> Found:
    contact = facts.link(role)
    if contact is None:
        return Found((Recipient(whom=role, missing=f"the item has no {role}"),), seen={role: None})
    address, missing = "", ""
    field_name = ADDRESSES.get(channel)
    seen: dict[str, Any] = {f"{role}.id": str(contact.id), f"{role}.version": contact.version}
    if field_name:
        address, missing = reach(contact, field_name, role)
        seen[f"{role}.{field_name}"] = address or None
    name = str(of_item(contact, "name") or "")
    whom = f"{role}:{contact.id}"
    return Found((Recipient(whom=whom, name=name, address=address, contact=contact.id, missing=missing),), seen=seen)


def reach(contact: Item, field_name: str, role: str) -> tuple[str, str]:
    """Give the address of a contact, and in words what is missing where there is none."""
    address = contact.fields.get(field_name)
    if isinstance(address, list | tuple):
        address = address[0] if address else None
    return (str(address), "") if address else ("", f"the {role} has no {field_name}")


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
