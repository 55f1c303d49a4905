"""Who is meant: found at dispatch, and when someone is inactive, who stands in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contracts.actions import Recipient
from contracts.items import Item
from contracts.people import TURNS, Absence, Person

from automation.actions.action import Channel
from automation.consents import gone, unwilling
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.knowledge import Knowledge
from automation.paths import of_item
from automation.wall_times import local_day, read_zone

ADDRESSES = {"phone": "phone", "email": "email"}
# The field of contacts that says in which time zone they live.
ZONE = "zone"
RESPONSIBLE = f"write responsible, supervisor, {{user: …}}, a field that holds a user, {', '.join(TURNS)}"
FORM = "write contact, responsible, supervisor, {role: …}, {department: …}, {user: …} or a field that holds a user"
OURS = "write responsible, supervisor, {role: …}, {department: …}, {user: …} or a field that holds a user"
CLIENT = "contact"
FORMS: dict[str, str] = {"notice": OURS, "chat": "write contact: our people have no chat with us"}
# A task for a role or department is one, for whoever of them takes it; all else goes to each of several by themselves.
TOGETHER = frozenset({"person"})


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
        # A client has no notices.
        fine, form = _may_receive(to, channel), FORMS.get(channel, FORM)
    if not fine:
        raise DocumentError(path, f"{to!r} names nobody", form)


def resolve(to: Any, facts: Facts, now: datetime, channel: Channel = "person", *, advertising: bool = False) -> Found:
    """Find the people that a rule means, with their address on a channel; always at least one recipient.

    A contact who did not agree to it is not reached; `advertising` asks for more than other messages.
    """
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
    return search.named_by_field(str(to)) if name else _contact(root, facts, channel, advertising)


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
    yield from deputies(person, away)
    ways = ((person.supervisor if person else None, "the supervisor"), (owner, "the pipeline's owner"))
    yield from ((id_, why) for id_, why in ways if id_)


def deputies(person: Person | None, away: Absence | None) -> Iterator[tuple[str, str]]:
    """Give who is named to stand in for a person, for an absence first, each with the words for why it is them."""
    ways = ((away and away.deputy, "the deputy for these days"), (person and person.deputy, "the deputy"))
    yield from ((id_, why) for id_, why in ways if id_)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search for persons at one moment."""

    facts: Facts
    now: datetime
    channel: Channel

    def named(self, to: dict[str, str]) -> Found:
        way, name = next(iter(to.items()))
        if way == "user":
            return self.person(name)
        members = _members(way, name, self.facts.knowledge)
        return _as_one(way, name, members) if self.channel in TOGETHER else self.each(f"{way}:{name}", members)

    def each(self, group: str, members: Sequence[Person]) -> Found:
        """Find each member, or the deputy of who is not there; where nobody is left, who stands in for them else."""
        if not members:
            return Found((Recipient(whom=group, missing=_nobody(group)),), seen={group: []})
        found = [one for member in members if (one := self._member(member))]
        seen = {group: [one.id for one in members if one.active]}
        return _together(found or [self.person(member.id) for member in members], seen)

    def _member(self, member: Person) -> Found | None:
        away = absence(member, self.facts.knowledge, self.now)
        if member.active and away is None:
            return _found(member, self.channel)
        deputy, why = self._first_there(deputies(member, away))
        if deputy is not None:
            words = _away(member, member.id, away.last if away else None)
            return _found(deputy, self.channel, (f"{words}: {deputy.name}, {why}, stands in",))
        return _found(member, self.channel) if member.active else None

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
        pipeline = self.facts.knowledge.pipelines.get(self.facts.item.pipeline)
        return self._first_there(stand_ins(person, away, pipeline.owner if pipeline else None))

    def _first_there(self, ways: Iterable[tuple[str, str]]) -> tuple[Person | None, str]:
        knowledge = self.facts.knowledge
        for id_, why in ways:
            candidate = knowledge.people.get(id_)
            if candidate is not None and is_there(candidate, knowledge, self.now):
                return candidate, why
        return None, ""


def _may_be_responsible(to: Any) -> bool:
    # One person becomes responsible: a contact cannot be, and of several one must be chosen.
    if isinstance(to, str):
        return to in {"responsible", "supervisor", *TURNS} or "." in to
    return bool(to.keys() == {"user"})


def _may_receive(to: Any, channel: Channel) -> bool:
    if channel == "chat":
        return bool(to == CLIENT)
    if isinstance(to, dict):
        return len(to) == 1 and next(iter(to)) in {"role", "department", "user"}
    return to in {"responsible", "supervisor"} or "." in str(to) or (to == "contact" and channel != "notice")


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


def _contact(role: str, facts: Facts, channel: Channel, advertising: bool) -> Found:  # noqa: FBT001
    contact = facts.link(role)
    if contact is None:
        return Found((Recipient(whom=role, missing=f"the item has no {role}"),), seen={role: None})
    address, missing = "", ""
    field_name = ADDRESSES.get(channel)
    seen: dict[str, Any] = {f"{role}.id": str(contact.id), f"{role}.version": contact.version}
    if field_name:
        address, missing = reach(contact, field_name, role)
        seen[f"{role}.{field_name}"] = address or None
    if not missing:
        missing = gone(contact, role) or unwilling(contact.fields, role, channel, advertising=advertising)
        address = "" if missing else address
    name = str(of_item(contact, "name") or "")
    whom = f"{role}:{contact.id}"
    told = Recipient(
        whom=whom, name=name, address=address, contact=contact.id, missing=missing, zone=zone_of(contact.fields)
    )
    return Found((told,), seen=seen)


def zone_of(fields: Mapping[str, Any]) -> str:
    """Give the time zone that is written down at a contact, "" where there is none."""
    zone = fields.get(ZONE)
    return zone if isinstance(zone, str) else ""


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


def _members(way: str, name: str, knowledge: Knowledge) -> list[Person]:
    """Give those with a role or of a department, in the order of their ids, the inactive ones too."""
    meant = (one for one in knowledge.people.values() if (one.role if way == "role" else one.department) == name)
    return sorted(meant, key=lambda one: one.id)


def _as_one(way: str, name: str, members: Sequence[Person]) -> Found:
    active = [one.id for one in members if one.active]
    group, missing = f"{way}:{name}", "" if active else _nobody(f"{way}:{name}")
    recipient = Recipient(whom=group, name=name, address="" if missing else name, missing=missing)
    return Found((recipient,), seen={group: active})


def _nobody(group: str) -> str:
    way, _, name = group.partition(":")
    return f"nobody has the role {name}" if way == "role" else f"nobody is in the department {name}"
