"""Working time of people and companies of any shape, against a reading of wall clocks minute by minute."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from automation.knowledge import Knowledge
from automation.public_holidays import public_holidays
from automation.testing import record, shop
from hypothesis import given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
MINUTE = timedelta(minutes=1)
# All around the changes of clocks in Europe and America.
FIRST = date(2026, 3, 5)
ZONES = st.sampled_from(["Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "UTC"])
SPANS = st.sampled_from(
    [
        [["09:00", "18:00"]],
        [["09:00", "13:00"], ["14:00", "18:00"]],
        [["00:00", "03:30"], ["22:15", "24:00"]],
        [["01:15", "02:45"], ["02:30", "04:00"]],
        [],
    ]
)
WEEKS = st.dictionaries(st.integers(0, 6).map(str), SPANS, min_size=3)
DAYS = st.integers(0, 30).map(lambda day: FIRST + timedelta(days=day))


@st.composite
def absences(draw: st.DrawFn) -> Json:
    first = draw(DAYS)
    return {"first": first.isoformat(), "last": (first + timedelta(days=draw(st.integers(0, 4)))).isoformat()}


@st.composite
def companies(draw: st.DrawFn) -> tuple[Knowledge, Json, Json]:
    """Give a company with its calendar, and Ann with hours, a zone and absences of her own, or without."""
    holidays = sorted({day.isoformat() for day in draw(st.lists(DAYS, max_size=3))})
    calendar = {"id": "portal", "zone": draw(ZONES), "weekly": draw(WEEKS), "holidays": holidays}
    calendar["country"] = draw(st.sampled_from(["", "PT", "DE-BY"]))
    ann: Json = {"id": "ann", "name": "Ann", "absences": draw(st.lists(absences(), max_size=2))}
    ann |= {"weekly": draw(st.none() | WEEKS), "zone": draw(st.just("") | ZONES)}
    return shop(extra=(record("calendar", "portal", calendar), record("person", "ann", ann))), calendar, ann


def works(at: datetime, calendar: Json, ann: Json) -> bool:
    """Say from the wall clock alone whether Ann works at a minute."""
    own = bool(ann["weekly"])
    local = at.astimezone(ZoneInfo((own and ann["zone"]) or calendar["zone"]))
    today = local.date()
    away = any(one["first"] <= today.isoformat() <= one["last"] for one in ann["absences"])
    if away or today.isoformat() in calendar["holidays"] or today in public_holidays(calendar["country"], today.year):
        return False
    week = ann["weekly"] if own else calendar["weekly"]
    shown = f"{local:%H:%M}"
    return any(opens <= shown < closes for opens, closes in week.get(str(local.weekday()), []))


MOMENTS = st.integers(0, 28 * 24 * 60).map(lambda minute: datetime(2026, 3, 6, tzinfo=UTC) + minute * MINUTE)


@settings(max_examples=30, deadline=None)
@given(companies(), st.lists(MOMENTS, min_size=1, max_size=12))
def test_a_person_works_when_the_clocks_say_so(company: tuple[Knowledge, Json, Json], moments: list[datetime]) -> None:
    knowledge, calendar, ann = company
    if not any((ann["weekly"] or calendar["weekly"]).values()):
        return
    hours = knowledge.working_time("ann")
    gap = {date(2026, 3, 8), date(2026, 3, 29)}  # where clocks jump, an opening in the gap moves on with it
    # At the edges of absences too: on their last days, and on those behind them.
    ends = [datetime.fromisoformat(one["last"]).replace(tzinfo=UTC) for one in ann["absences"]]
    for at in (*moments, *(end + number * 97 * MINUTE for end in ends for number in range(18))):
        if at.astimezone(hours.zone).date() in gap:
            continue
        assert hours.is_working(at) is works(at, calendar, ann)


@settings(max_examples=20, deadline=None)
@given(companies(), MOMENTS)
def test_the_next_moment_is_the_first_at_which_they_work(
    company: tuple[Knowledge, Json, Json], start: datetime
) -> None:
    knowledge, calendar, ann = company
    if not any((ann["weekly"] or calendar["weekly"]).values()):
        return
    hours = knowledge.working_time("ann")
    found = hours.next_moment(start)
    assert found >= start
    assert hours.next_moment(found) == found
    walked = [start + number * MINUTE for number in range(min(int((found - start) / MINUTE), 2000))]
    assert not any(hours.is_working(at) for at in walked)
    # Of the others nobody changes by what Ann has.
    assert knowledge.working_time("rui") is knowledge.working_time()
