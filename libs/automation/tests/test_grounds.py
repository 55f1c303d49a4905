"""Which moments rest on the calendar, the portal's zone and people, and what is read of them."""

from typing import Any

import pytest
from automation.grounds import Ground, grounds, resting, rests_on
from automation.knowledge import Knowledge
from automation.testing import record, rule, shop
from automation.timing import read_timing

CALENDAR = {"id": "portal", "zone": "UTC", "weekly": {0: [["09:00", "18:00"]]}}
WORKING = {"calendar", "portal"}


@pytest.mark.parametrize(
    ("timing", "found"),
    [
        ({}, set()),
        ({"working_time": "portal"}, WORKING),
        ({"after": "48 hours"}, set()),
        ({"after": "1 hour 1 day"}, {"portal"}),
        ({"after": "1 month", "zone": "Europe/Lisbon"}, set()),
        ({"after": "1 month", "zone": "contact"}, {"portal"}),
        ({"after": "1 working day"}, WORKING),
        ({"after": "1 working day", "zone": "Europe/Lisbon"}, WORKING),
        ({"after": "1 day", "zone": "responsible"}, {*WORKING, "person"}),
        ({"after": "1 hour", "working_time": "responsible"}, {*WORKING, "person"}),
        ({"before": "item.payment_due", "by": "1 hour"}, {"portal"}),
        ({"anniversary": "contact.birthday"}, {"portal"}),
        ({"every": "10:00"}, {"portal"}),
        ({"at": "2026-03-02T10:00"}, {"portal"}),
        ({"after_previous": "0 minutes"}, set()),
        ({"wait_for": "form.submitted", "at_most": "2 days"}, {"portal"}),
        ({"wait_for": "form.submitted"}, set()),
    ],
)
def test_a_timing_rests_on_what_its_moment_is_computed_from(timing: dict[str, Any], found: set[str]) -> None:
    assert rests_on(read_timing(timing)) == found


def test_a_record_is_the_same_ground_as_long_as_no_moment_reads_anything_else_of_it() -> None:
    ann = {"id": "ann", "name": "Ann", "absences": [{"first": "2026-03-02", "last": "2026-03-03"}]}
    before = Knowledge.of(
        [
            record("calendar", "portal", CALENDAR),
            record("calendar", "other", {**CALENDAR, "id": "other"}),
            record("person", "ann", ann),
            record("person", "rui", {"id": "rui", "name": "Rui"}),
            record("portal", "portal", {"zone": "UTC"}),
        ]
    )
    known = grounds(before)
    assert known.keys() == {Ground("calendar", "portal"), Ground("person", "ann"), Ground("portal", "portal")}
    renamed = record("person", "ann", {**ann, "name": "Anna", "deputy": "rui"})
    assert grounds(before.with_([renamed, record("portal", "portal", {"zone": "UTC", "currency": "USD"})])) == known
    working = {**ann, "weekly": {0: [["09:00", "12:00"]]}}
    others = [record("calendar", "portal", {**CALENDAR, "country": "PT"}), record("person", "ann", working)]
    later = grounds(before.with_([*others, record("portal", "portal", {"zone": "Europe/Lisbon"})]))
    assert all(later[one] != known[one] for one in known)


def test_the_zone_of_a_person_is_ground_for_moments_though_they_have_no_hours_of_their_own() -> None:
    there, away = ({"id": "rui", "name": "Rui", "zone": zone} for zone in ("Europe/Lisbon", "Asia/Tokyo"))
    known, later = (grounds(Knowledge.of([record("person", "rui", one)])) for one in (there, away))
    assert known.keys() == later.keys() == {Ground("person", "rui")}
    assert known != later


def test_a_rule_rests_on_what_any_of_its_versions_did_and_one_that_cannot_be_read_on_nothing() -> None:
    working, plain = rule("one", timing={"working_time": "portal"}), rule("two", timing={"after": "1 hour"})
    broken = rule("three", timing={"after": "soon"})
    knowledge = shop(working, plain, broken)
    assert resting("calendar", knowledge) == {working.id}
    assert resting("person", knowledge) == frozenset()
