"""Whether what is written about persons and departments fits together with all that is known already."""

from collections.abc import Callable, Mapping
from typing import Any

from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.wall_times import read_zone
from automation.working_time import WorkingTime
from contracts.config import Calendar
from contracts.people import Absence, Department, Person

from crm_api.config.weeks import HOURS, check_days, check_some
from crm_api.fields import FieldError

# Each day of an absence is a holiday that calculations read.
LONGEST_ABSENCE = 3 * 366
KNOWN = "use the id of one that is there, or write that one first"


def check_person(person: Person, knowledge: Knowledge) -> None:
    """Refuse a person who names what is not there, stands above themselves, or whose times cannot be read."""
    people = {**knowledge.people, person.id: person}
    for name in ("supervisor", "deputy"):
        _known(name, getattr(person, name), people)
    _known("department", person.department, knowledge.departments)
    for n, key in enumerate(person.access):
        _known(f"access.{n}", key, knowledge.roles)
    _no_cycle("supervisor", person.id, lambda id_: people[id_].supervisor if id_ in people else None)
    if person.deputy == person.id:
        raise FieldError("deputy", "nobody stands in for themselves", "name somebody else, or leave it out")
    _times(person)
    for n, absence in enumerate(person.absences):
        _absence(f"absences.{n}", absence, person, people)


def check_department(department: Department, knowledge: Knowledge) -> None:
    """Refuse a department whose head or parent is not there, or that lies below itself."""
    departments = {**knowledge.departments, department.id: department}
    _known("head", department.head, knowledge.people)
    _known("parent", department.parent, departments)
    _no_cycle("parent", department.id, lambda id_: departments[id_].parent if id_ in departments else None)


def _known(field: str, named: str | None, there: Mapping[str, Any]) -> None:
    if named and named not in there:
        raise FieldError(field, f"there is no {named!r}", KNOWN)


def _no_cycle(field: str, start: str, above: Callable[[str], str | None]) -> None:
    way = [start]
    while (following := above(way[-1])) is not None:
        way.append(following)
        if following == start:
            raise FieldError(field, f"this is a circle: {' → '.join(way)}", "let one of them have nobody above")
        if following in way[:-1]:
            return


def _zone(zone: str) -> None:
    try:
        read_zone(zone)
    except DocumentError as error:
        raise FieldError("zone", error.message, "use an IANA name, like 'Europe/Lisbon'") from None


def _times(person: Person) -> None:
    if person.zone:
        _zone(person.zone)
    # No days at all are the company's hours.
    if person.weekly:
        _hours(person, person.weekly)


def _hours(person: Person, weekly: dict[int, tuple[tuple[str, str], ...]]) -> None:
    check_days(weekly)
    try:
        WorkingTime(Calendar(id=person.id, zone=person.zone or "UTC", weekly=weekly))
    except DocumentError as error:
        raise FieldError("weekly", error.message, error.fix or HOURS) from None
    except ValueError as error:
        raise FieldError("weekly", str(error), HOURS) from None
    check_some(weekly, "or leave it out for the company's hours")


def _absence(at: str, absence: Absence, person: Person, people: Mapping[str, Person]) -> None:
    if absence.last < absence.first:
        raise FieldError(f"{at}.last", f"it ends before it begins, on {absence.first}", "send a later day")
    if (absence.last - absence.first).days > LONGEST_ABSENCE:
        raise FieldError(f"{at}.last", "this is longer than three years", "set `active` to false instead")
    _known(f"{at}.deputy", absence.deputy, people)
    if absence.deputy == person.id:
        raise FieldError(f"{at}.deputy", "nobody stands in for themselves", "name somebody else, or leave it out")
