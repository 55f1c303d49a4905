"""Timings with many occurrences, as documents give them: every year on a date, every day at a wall time."""

from datetime import datetime
from typing import Any

import pytest
from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.testing import at, contact, deal, facts, record, shop
from automation.timing import DueAt, NoOccurrence, PlanContext, Planned, Recurring, SkippedPast, WaitingForDate
from automation.timing import read_timing as read

# A Friday.
ENTRY = at("2026-03-06T17:00")
GIFT = {"anniversary": "contact.birthday", "by": "2 days", "at": "10:00"}
OFFICE = {"id": "portal", "zone": "Europe/Lisbon", "weekly": {str(day): [["09:00", "18:00"]] for day in range(5)}}


def timing(doc: dict[str, Any]) -> Recurring:
    """Read a document that recurs."""
    found = read(doc)
    assert isinstance(found, Recurring)
    return found


def moment(
    birthday: str | None = None, *, now: datetime = ENTRY, occurrence: str = "", knowledge: Knowledge | None = None
) -> PlanContext:
    """Give what a deal of a contact with this birthday plans from."""
    client = contact(birthday=birthday)
    known = facts(deal(entered_at=ENTRY, to=(client,)), client, knowledge=knowledge)
    return PlanContext(known, now, occurrence=occurrence)


def due(planned: Planned) -> tuple[str, datetime]:
    """Give the occurrence and the moment of an answer."""
    assert isinstance(planned, DueAt)
    return planned.occurrence, planned.at


@pytest.mark.req("B4")
@pytest.mark.parametrize(
    ("doc", "birthday", "occurrence", "moment_"),
    [
        (GIFT, "1990-07-14", "2026", "2026-07-12T09:00"),
        (GIFT, "1990-02-14", "2027", "2027-02-12T10:00"),
        (GIFT, "1990-03-08", "2027", "2027-03-06T10:00"),
        (GIFT, "1990-03-09", "2026", "2026-03-07T10:00"),
        (GIFT, "1990-01-01", "2027", "2026-12-30T10:00"),
        (GIFT, "1992-02-29", "2027", "2027-02-26T10:00"),
        ({**GIFT, "side": "after"}, "1990-12-31", "2026", "2027-01-02T10:00"),
        ({**GIFT, "side": "after"}, "1990-03-04", "2027", "2027-03-06T10:00"),
        ({**GIFT, "by": "18 months", "side": "after"}, "1990-11-20", "2024", "2026-05-20T09:00"),
        ({"anniversary": "contact.birthday"}, "1990-07-14T18:30", "2026", "2026-07-14T17:30"),
        ({**GIFT, "working_time": "portal"}, "1990-07-14", "2026", "2026-07-13T08:00"),
        ({**GIFT, "by": "2 working days"}, "1990-07-14", "2026", "2026-07-10T09:00"),
    ],
)
def test_the_next_anniversary_is_the_first_whose_moment_is_not_past(
    doc: dict[str, Any], birthday: str, occurrence: str, moment_: str
) -> None:
    assert due(timing(doc).plan(moment(birthday))) == (occurrence, at(moment_))


@pytest.mark.req("B4")
def test_a_leap_day_is_kept_on_the_28th_in_other_years() -> None:
    doc = timing({"anniversary": "contact.birthday"})
    days = [doc.following(moment("1992-02-29", occurrence=str(year))) for year in range(2026, 2029)]
    assert [due(day) for day in days] == [
        ("2027", at("2027-02-28T00:00")),
        ("2028", at("2028-02-29T00:00")),
        ("2029", at("2029-02-28T00:00")),
    ]


def test_an_anniversary_says_how_it_came_about() -> None:
    planned = timing(GIFT).plan(moment("1990-07-14"))
    assert isinstance(planned, DueAt)
    assert planned.cause == "2 days before the anniversary of contact.birthday (1990-07-14) in 2026, at 10:00"


def test_an_anniversary_without_a_date_waits_for_it_as_the_one_of_this_year() -> None:
    assert timing(GIFT).plan(moment()) == WaitingForDate("contact.birthday", occurrence="2026")
    unreadable = timing(GIFT).plan(moment("in May"))
    assert isinstance(unreadable, WaitingForDate)
    assert "'in May' is not a date" in unreadable.why


def test_an_anniversary_that_a_changed_date_makes_past_gives_way_to_the_next() -> None:
    now = moment("1990-02-14", occurrence="2026")
    planned = timing(GIFT).plan(now)
    assert isinstance(planned, SkippedPast)
    assert (planned.at, planned.occurrence) == (at("2026-02-12T10:00"), "2026")
    assert due(timing(GIFT).instead(now)) == ("2027", at("2027-02-12T10:00"))


@pytest.mark.parametrize(
    ("doc", "first", "second"),
    [
        ({"every": "17:00"}, ("2026-03-06", "2026-03-06T17:00"), ("2026-03-07", "2026-03-07T17:00")),
        ({"every": "16:59"}, ("2026-03-07", "2026-03-07T16:59"), ("2026-03-08", "2026-03-08T16:59")),
        (
            {"every": "10:00", "days": ["monday", "friday"]},
            ("2026-03-09", "2026-03-09T10:00"),
            ("2026-03-13", "2026-03-13T10:00"),
        ),
        (
            {"every": "10:00", "zone": "Asia/Tokyo"},
            ("2026-03-07", "2026-03-07T01:00"),
            ("2026-03-08", "2026-03-08T01:00"),
        ),
    ],
)
def test_every_day_or_given_weekdays_from_the_entry_on(
    doc: dict[str, Any], first: tuple[str, str], second: tuple[str, str]
) -> None:
    planned = timing(doc).plan(moment())
    assert due(planned) == (first[0], at(first[1]))
    assert due(timing(doc).following(moment(occurrence=first[0]))) == (second[0], at(second[1]))


@pytest.mark.req("B10", "B11")
@pytest.mark.parametrize(
    ("clock", "first", "second"),
    [
        ("10:00", "2026-03-09T10:00", "2026-03-10T10:00"),
        ("07:00", "2026-03-09T09:00", "2026-03-10T09:00"),
    ],
)
def test_in_working_time_days_without_work_are_dropped_and_early_hours_shift(
    clock: str, first: str, second: str
) -> None:
    doc = timing({"every": clock, "working_time": "portal"})
    assert due(doc.plan(moment()))[1] == at(first)
    assert due(doc.following(moment(occurrence="2026-03-09")))[1] == at(second)


@pytest.mark.req("B11")
def test_an_hour_after_closing_is_dropped_and_where_all_are_the_rule_says_so() -> None:
    planned = timing({"every": "18:00", "working_time": "portal"}).plan(moment())
    assert isinstance(planned, NoOccurrence)
    assert "no occurrence within 1000 days" in planned.reason


def test_a_holiday_added_later_drops_its_occurrence_and_the_next_takes_its_place() -> None:
    closed = shop(extra=(record("calendar", "portal", {**OFFICE, "holidays": ["2026-03-09"]}),))
    doc, now = timing({"every": "10:00", "working_time": "portal"}), moment(occurrence="2026-03-09", knowledge=closed)
    assert doc.plan(now) == NoOccurrence("nobody works on 2026-03-09 at 10:00 or later", "2026-03-09")
    assert due(doc.instead(now)) == ("2026-03-10", at("2026-03-10T10:00"))


@pytest.mark.parametrize("doc", [GIFT, {"every": "10:00", "days": ["monday"]}])
@pytest.mark.parametrize("occurrence", ["0", "2026-03-10", "soon"])
def test_a_name_that_no_occurrence_has_is_told(doc: dict[str, Any], occurrence: str) -> None:
    planned = timing(doc).plan(moment("1990-07-14", occurrence=occurrence))
    assert planned == NoOccurrence(f"the rule as it is now has no occurrence {occurrence}", occurrence)


def test_only_the_latest_of_missed_occurrences_is_not_overtaken() -> None:
    doc = timing({"every": "10:00"})
    late = at("2026-03-10T12:00")
    names = ["2026-03-08", "2026-03-09", "2026-03-10"]
    assert [doc.overtaken(moment(now=late, occurrence=name)) for name in names] == ["2026-03-09", "2026-03-10", None]


def test_a_day_that_a_zone_left_out_has_no_occurrence() -> None:
    doc = timing({"every": "10:00", "zone": "Pacific/Apia"})
    assert due(doc.following(moment(occurrence="2011-12-29")))[0] == "2011-12-31"


def test_a_calendar_without_work_is_told_instead_of_searched_for_ever() -> None:
    closed = shop(extra=(record("calendar", "portal", {**OFFICE, "weekly": {}}),))
    with pytest.raises(DocumentError, match="has no working hours"):
        timing({"every": "10:00", "working_time": "portal"}).plan(moment(knowledge=closed))
