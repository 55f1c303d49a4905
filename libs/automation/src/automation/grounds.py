"""What moments rest on beside their items: the calendar, the portal's zone, the hours and absences of people."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contracts.people import Person

from automation.documents import DocumentError
from automation.intervals import Interval
from automation.knowledge import PORTAL_CALENDAR, Knowledge
from automation.timing import TIMINGS, Timing, read_timing

Kind = Literal["calendar", "portal", "person"]
# Of these, hours and minutes elapse whatever the zone is.
ELAPSING = (TIMINGS["immediate"], TIMINGS["after"], TIMINGS["after_previous"], TIMINGS["wait_for"])


@dataclass(frozen=True, slots=True)
class Ground:
    """A config record that moments rest on."""

    kind: Kind
    id: str


def grounds(knowledge: Knowledge) -> dict[Ground, str]:
    """Give what moments read of each record, as text; a record of which they read nothing is not named."""
    return dict(_read(knowledge))


def resting(kind: Kind, knowledge: Knowledge) -> frozenset[UUID]:
    """Give the rules, of all rule sets, whose moments rest on records of a kind."""
    by_kind = knowledge.memo.of("grounds", knowledge.rule_sets, lambda: _by_kind(knowledge))
    return by_kind.get(kind, frozenset())


def rests_on(timing: Timing) -> frozenset[Kind]:
    """Say what the moments of a timing rest on."""
    found: set[Kind] = set()
    intervals = [value for _, value in timing if isinstance(value, Interval)]
    if _reads_the_calendar(timing, intervals):
        # Without a calendar of its own the portal has office hours in its zone.
        found |= {"calendar", "portal"}
    elif timing.zone in {"portal", "contact"} and _reads_the_wall_clock(timing, intervals):
        found.add("portal")
    if "responsible" in {timing.working_time, timing.zone}:
        found.add("person")
    return frozenset(found)


def _reads_the_calendar(timing: Timing, intervals: list[Interval]) -> bool:
    return bool(timing.working_time) or timing.zone == "responsible" or any(one.working for one in intervals)


def _reads_the_wall_clock(timing: Timing, intervals: list[Interval]) -> bool:
    return not isinstance(timing, ELAPSING) or any(one.months or one.weeks or one.days for one in intervals)


def _read(knowledge: Knowledge) -> Iterator[tuple[Ground, str]]:
    calendar = knowledge.calendars.get(PORTAL_CALENDAR)
    if calendar is not None:
        yield Ground("calendar", PORTAL_CALENDAR), calendar.model_dump_json()
    for id_ in knowledge.portals:
        yield Ground("portal", id_), knowledge.portal.zone
    for person in knowledge.people.values():
        if person.weekly or person.absences or person.zone:
            yield Ground("person", person.id), _hours(person)


def _hours(person: Person) -> str:
    away = [(one.first.isoformat(), one.last.isoformat()) for one in person.absences]
    return json.dumps([person.zone, person.weekly, away])


def _by_kind(knowledge: Knowledge) -> dict[str, frozenset[UUID]]:
    # A rule mostly keeps its timing from one version to the next.
    written = {
        (rule.id, json.dumps(rule.timing, sort_keys=True, default=str)): rule.timing
        for rule_set in knowledge.rule_sets.values()
        for stage in rule_set.stages
        for rule in stage.rules
    }
    found: dict[str, set[UUID]] = {}
    for (rule, _), doc in written.items():
        try:
            kinds = rests_on(read_timing(doc))
        except DocumentError:
            continue
        for kind in kinds:
            found.setdefault(kind, set()).add(rule)
    return {kind: frozenset(rules) for kind, rules in found.items()}
