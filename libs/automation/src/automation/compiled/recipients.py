"""Who is meant, found on structs; what takes more than looking at one record is found as `people.resolve` does."""

from collections.abc import Callable
from typing import Any

from contracts.actions import Recipient
from contracts.consents import CONSENTS
from contracts.hot import HotItem, HotRecipient

from automation.actions.action import Channel
from automation.compiled.case import Case, as_item
from automation.compiled.places import Places
from automation.consents import ADVERTISING, ASKED, unwilling
from automation.paths import of_item
from automation.people import ADDRESSES, reach, resolve, zone_of

Recipients = tuple[HotRecipient, ...]
Whom = tuple[Recipients, dict[str, Any]]
Find = Callable[[Case], Whom | None]


def find(to: Any, channel: Channel, places: Places, *, advertising: bool = False) -> Find:
    """Compile whom an action means; what it finds is None where the general path has more to say."""
    if to is None:
        return lambda _: ((), {})
    if isinstance(to, str) and "." not in to and to not in {"responsible", "supervisor"}:
        return _contact(to, places.role(to), ADDRESSES.get(channel), willing_to(to, channel, advertising=advertising))
    if to == "responsible":
        return _responsible(channel)

    def by_search(case: Case) -> Whom | None:
        return _searched(to, channel, case)

    return by_search


def willing_to(role: str, channel: Channel, *, advertising: bool) -> Callable[[dict[str, Any]], str] | None:
    """Compile what says why a contact may not be reached, by their fields; None where nobody need agree."""
    if channel not in ASKED:
        return None
    needs_yes = advertising or ASKED[channel] == ADVERTISING

    def refusal(fields: dict[str, Any]) -> str:
        if not needs_yes and CONSENTS not in fields:
            return ""
        return unwilling(fields, role, channel, advertising=advertising)

    return refusal


def _contact(role: str, at: int, field: str | None, refusal: Callable[[dict[str, Any]], str] | None) -> Find:
    names = f"{role}.id", f"{role}.version", f"{role}.{field}"

    def found(case: Case) -> Whom | None:
        contact: HotItem | None = case.linked[at]
        if contact is None or contact.deleted:
            return None
        seen: dict[str, Any] = {names[0]: contact.id, names[1]: contact.version}
        address = missing = ""
        if field:
            address, missing = _reached(contact, field, role)
            seen[names[2]] = address or None
        if refusal is not None and not missing and (missing := refusal(contact.fields)):
            address = ""
        whom, zone = f"{role}:{contact.id}", zone_of(contact.fields)
        return (HotRecipient(whom, _named(contact), address, contact.id, missing, zone),), seen

    return found


def _reached(contact: HotItem, field: str, role: str) -> tuple[str, str]:
    address = contact.fields.get(field)
    return (address, "") if address and address.__class__ is str else reach(as_item(contact), field, role)


def _named(contact: HotItem) -> str:
    name = contact.fields.get("name")
    return name if name and name.__class__ is str else str(of_item(as_item(contact), "name") or "")


def _responsible(channel: Channel) -> Find:
    known: dict[str, Whom | None] = {}

    def found(case: Case) -> Whom | None:
        id_ = case.item.responsible or ""
        person = case.knowledge.people.get(id_)
        # Who is asked in the place of somebody changes with the days, while the config stays as it is.
        if person is None or person.absences or not person.active:
            return _searched("responsible", channel, case)
        if id_ not in known:
            known[id_] = _searched("responsible", channel, case)
        return known[id_]

    return found


def _searched(to: Any, channel: Channel, case: Case) -> Whom | None:
    found = resolve(to, case.facts, case.now, channel)
    return None if found.notes else (tuple(map(_plain, found.recipients)), found.seen)


def _plain(one: Recipient) -> HotRecipient:
    contact = None if one.contact is None else str(one.contact)
    return HotRecipient(one.whom, one.name, one.address, contact, one.missing, one.zone)
