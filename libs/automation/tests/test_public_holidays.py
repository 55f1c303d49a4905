"""Holidays by country: data that a calendar adds to its own list."""

from datetime import date

import pytest
from automation.documents import DocumentError
from automation.public_holidays import public_holidays
from automation.testing import at, deal, facts, record, shop
from automation.timing import DueAt, PlanContext, read_timing
from automation.working_time import WorkingTime
from contracts.config import Calendar

WEEK = dict.fromkeys(range(5), (("09:00", "18:00"),))


def calendar(country: str = "PT", *by_hand: str, zone: str = "Europe/Lisbon") -> WorkingTime:
    return WorkingTime(Calendar(id="portal", zone=zone, weekly=WEEK, holidays=by_hand, country=country))


def test_a_country_a_part_of_one_and_none() -> None:
    assert date(2026, 4, 25) in public_holidays("PT", 2026)
    assert date(2026, 1, 6) not in public_holidays("DE", 2026)
    assert date(2026, 1, 6) in public_holidays("DE-BY", 2026)
    assert public_holidays("", 2026) == frozenset()
    assert {day.year for day in public_holidays("US", 2027)} == {2027}


def test_what_the_next_year_observes_in_this_one_is_this_years_holiday() -> None:
    assert date(2021, 12, 31) in public_holidays("US", 2021)


@pytest.mark.parametrize("country", ["XX", "PT-99", "portugal"])
def test_an_unknown_country_is_told_with_what_to_write(country: str) -> None:
    with pytest.raises(DocumentError) as caught:
        public_holidays(country, 2026)
    assert (caught.value.path, country in caught.value.message) == ("country", True)


@pytest.mark.req("B10")
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-04-02T17:30", "2026-04-06T09:00"),  # over Good Friday, which moves every year
        ("2027-03-25T17:30", "2027-03-29T08:30"),
        ("2026-12-24T17:30", "2026-12-28T09:30"),
        ("2026-12-31T18:00", "2027-01-04T10:00"),
    ],
)
def test_working_time_leaves_out_the_holidays_of_the_country(start: str, end: str) -> None:
    known = shop(extra=(record("calendar", "portal", calendar().calendar),))
    doc = read_timing({"after": "1 hour", "working_time": "portal"})
    planned = doc.plan(PlanContext(facts(deal(entered_at=at(start)), knowledge=known), at(start)))
    assert isinstance(planned, DueAt)
    assert planned.at == at(end)


@pytest.mark.req("B10")
def test_holidays_by_hand_stand_beside_those_of_the_country() -> None:
    assert calendar().next_moment(at("2026-12-24T10:00")) == at("2026-12-24T10:00")
    assert calendar("PT", "2026-12-24").next_moment(at("2026-12-24T10:00")) == at("2026-12-28T09:00")


def test_holidays_of_the_country_stay_where_a_person_has_own_hours_and_absences() -> None:
    away = {
        "id": "ann",
        "name": "Ann",
        "weekly": {"4": [["10:00", "12:00"]]},
        "absences": [{"first": "2026-04-10", "last": "2026-04-10"}],
    }
    known = shop(extra=(record("calendar", "portal", calendar().calendar), record("person", "ann", away)))
    assert known.working_time("ann").next_moment(at("2026-04-02T10:00")) == at("2026-04-17T09:00")
