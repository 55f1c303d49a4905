"""The first and the last days that can be written: what cannot be counted from them says so, and breaks nothing."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from automation.appointing import Appointed, NoMoment, after, before
from automation.dispatching import Closed, decide
from automation.facts import Facts
from automation.formulas import FormulaFailed, compile_formula
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, deal, entry, facts, record, rule, shop
from automation.wall_times import read_moment, read_wall

Json = dict[str, Any]
EAST, WEST = "Asia/Tokyo", "America/New_York"
BEYOND = "beyond the years 1 to 9999"


def known(zone: str = "Europe/Lisbon", **fields: Any) -> Facts:
    knowledge = shop(extra=(record("portal", "portal", {"zone": zone}),))
    return facts(deal(**fields), knowledge=knowledge, now=NOW, variables={"day": "2026-02-30", "far": "9999-12-31"})


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("0001-01-01", EAST),
        ("0001-01-01T08:00", EAST),
        ("0001-01-01T00:00:00+05:00", "UTC"),
        ("9999-12-31T23:59", WEST),
        ("9999-12-31T23:59:59-00:01", "UTC"),
    ],
)
def test_a_moment_that_no_calendar_has_is_refused_where_it_is_read(written: str, zone: str) -> None:
    with pytest.raises(ValueError, match=BEYOND):
        read_moment(written, ZoneInfo(zone))


@pytest.mark.parametrize(("written", "zone"), [("0001-01-01T00:00+00:00", WEST), ("9999-12-31T23:00+00:00", EAST)])
def test_what_no_clock_of_the_zone_ever_shows_is_refused_where_it_is_read(written: str, zone: str) -> None:
    with pytest.raises(ValueError, match=BEYOND):
        read_wall(written, ZoneInfo(zone))
    assert read_moment(written, ZoneInfo(zone)).tzinfo is UTC


def test_the_edges_themselves_are_read() -> None:
    assert read_moment("9999-12-31T23:59", ZoneInfo(EAST)) == datetime(9999, 12, 31, 14, 59, tzinfo=UTC)
    assert read_wall("0001-01-01", ZoneInfo(EAST)) == datetime(1, 1, 1)  # noqa: DTZ001 - a wall time
    assert read_moment("0001-01-01", ZoneInfo("UTC")) == datetime(1, 1, 1, tzinfo=UTC)


FAILED = [
    ("item.payment_due + '1 month'", "9999-12-31", BEYOND),
    ("item.payment_due + '1 day'", "9999-12-31", BEYOND),
    ("item.payment_due - '100 years'", "0099-01-01", BEYOND),
    ("date('9950-01-01') + '100 years'", "2026-01-01", BEYOND),
    ("item.visit + '1 hour'", "2026-01-01", BEYOND),
    ("var.day + '1 day'", "2026-01-01", "'2026-02-30' is no date"),
    ("item.payment_due + '1 day'", "2026-02-30", "'2026-02-30' is no date"),
    ("item.payment_due + '1 day'", "someday so", "'someday so' is no date"),
]


@pytest.mark.parametrize(("formula", "due", "words"), FAILED)
def test_a_formula_that_leaves_the_calendar_fails_in_words(formula: str, due: str, words: str) -> None:
    here = known(payment_due=due, visit="9999-12-31T23:30:00+00:00")
    with pytest.raises(FormulaFailed, match=words):
        compile_formula(formula).work_out(here, NOW)


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("item.payment_due", "9999-12-31"),
        ("item.payment_due - '1 day'", "9999-12-30"),
        ("item.payment_due - '3 months'", "9999-09-30"),
        ("item.payment_due - date('9999-12-01')", "30"),
        ("item.payment_due > today()", "true"),
        ("default(var.none, item.payment_due)", "9999-12-31"),
        ("var.far - '1 year'", "9998-12-31"),
        ("item.entered_at", NOW.isoformat()),
        ("item.midnight", "2026-03-02T00:00:00+00:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Lisbon"])
def test_a_formula_on_the_last_day_is_worked_out(formula: str, result: str, zone: str) -> None:
    here = known(zone, payment_due="9999-12-31", midnight="2026-03-02T00:00:00+00:00")
    assert compile_formula(formula).work_out(here, NOW) == result


@pytest.mark.parametrize(
    ("written", "working", "zone"),
    [
        ("item.payment_due", None, EAST),
        ("0001-01-01", None, EAST),
        ("9999-12-31T23:59:59", None, WEST),
        ("0001-01-01T00:00:00+05:00", None, "UTC"),
        ("9999-12-31", "portal", "UTC"),
        ("item.last", "responsible", "UTC"),
    ],
)
def test_an_action_that_names_such_a_moment_has_none(written: str, working: Any, zone: str) -> None:
    with pytest.raises(NoMoment, match=BEYOND):
        Appointed(written, "", working).moment(known(zone, payment_due="0001-01-01", last="9999-12-31"))


def test_an_action_on_the_last_day_has_its_moment() -> None:
    last = datetime(9999, 12, 31, tzinfo=UTC)
    assert Appointed("9999-12-31").moment(known("UTC")) == last
    assert Appointed("item.last", "08:30").moment(known("UTC", last="9999-12-31")) == last.replace(hour=8, minute=30)


@pytest.mark.parametrize(
    ("reckon", "at", "span"),
    [
        (before, "0001-01-01T00:00:00+00:00", "1 minute"),
        (before, "0001-01-05T00:00:00+00:00", "1 month"),
        (before, "0001-01-05T00:00:00+00:00", "10 working days"),
        (before, "0001-01-05T00:00:00+00:00", "90 working hours"),
        (after, "9999-12-31T23:59:00+00:00", "2 minutes"),
        (after, "9999-12-31T12:00:00+00:00", "1 year"),
    ],
)
def test_what_is_reckoned_from_a_moment_at_the_edge_has_none_either(reckon: Any, at: str, span: str) -> None:
    with pytest.raises(NoMoment, match=f"^{span} (before|after) .* is {BEYOND}"):
        reckon(datetime.fromisoformat(at), span, known())


LAST_MINUTE: Json = {"last": "9999-12-31T23:59", "first": "0001-01-05"}


@pytest.mark.parametrize(
    "do",
    [
        {"schedule-call": {"subject": "Call", "at": "item.last", "duration": "1 hour"}},
        {"remind": {"text": "Pack", "at": "item.first", "lead": "10 working days"}},
    ],
)
def test_an_action_that_would_end_or_begin_beyond_the_calendar_fails_in_words(do: Json) -> None:
    of, item = rule("it", do), deal(**LAST_MINUTE)
    knowledge = shop(of)
    (row,) = plan_entry(entry(item), knowledge, CAUSE, NOW)
    decision = decide(row, of, facts(item, knowledge=knowledge), knowledge, NOW)
    assert isinstance(decision, Closed)
    assert (decision.row.state, BEYOND in decision.row.reason) == ("failed", True)
