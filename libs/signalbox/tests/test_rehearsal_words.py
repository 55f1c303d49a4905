"""What people type to a rehearsal, and what it tells them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from signalbox.rehearsal.due import Agenda, told
from signalbox.rehearsal.quiet import NotQuiet, told_of
from signalbox.rehearsal.spans import read_moment, read_span
from signalbox.rehearsal.store import Comes, Stands

LISBON = ZoneInfo("Europe/Lisbon")
AT = datetime(2030, 4, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("3d", timedelta(days=3)),
        ("2h", timedelta(hours=2)),
        ("90m", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
        ("1w", timedelta(weeks=1)),
        ("1d 2h", timedelta(days=1, hours=2)),
        ("1d2H30m", timedelta(days=1, hours=2, minutes=30)),
    ],
)
def test_a_length_is_read_as_it_is_typed(written: str, length: timedelta) -> None:
    assert read_span(written) == length


@pytest.mark.parametrize("written", ["", "3", "d", "3 days", "-3d", "3d later", "1.5h"])
def test_what_is_no_length_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(ValueError, match="write it like 3d, 2h"):
        read_span(written)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2030-07-01T09:00", "2030-07-01T08:00"),
        ("2030-07-01T09:00Z", "2030-07-01T09:00"),
        ("2030-07-01T09:00+02:00", "2030-07-01T07:00"),
        ("2030-07-01T09:00[Europe/Rome]", "2030-07-01T07:00"),
        ("2030-12-24", "2030-12-24T00:00"),
    ],
)
def test_a_moment_is_the_portal_s_unless_a_zone_follows(written: str, utc: str) -> None:
    assert read_moment(written, LISBON) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("written", ["tomorrow", "2030-02-30", "2030-07-01T09:00[Nowhere/City]", "2030-07-01T09:00[/]"])
def test_what_is_no_moment_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(ValueError, match="is no moment; write it like"):
        read_moment(written, LISBON)


def test_what_was_due_is_counted_up_to_a_moment_and_told_in_words() -> None:
    comes = [Comes(AT, "fire", 2), Comes(AT, "sms again", 1), Comes(AT + timedelta(seconds=1), "fire", 1)]
    plan = Agenda(comes, held=0)
    assert plan.first == AT
    assert told(plan.until(AT)) == "2 rules, 1 sms again"
    assert told(plan.until(AT + timedelta(hours=1))) == "3 rules, 1 sms again"
    assert told(plan.until(AT - timedelta(seconds=1))) == "nothing"
    assert Agenda([], held=3).first is None


def test_one_is_told_as_one() -> None:
    assert told(Counter(fire=1, jobs=1)) == "1 rule, 1 chunk of a job"


def test_what_is_not_announced_and_not_copied_is_told_with_its_service() -> None:
    standing = {"crm-api": Stands(0, 9, 7, 7), "rule-scheduler": Stands(2, 5, 6, 6)}
    first, second = told_of(standing)
    assert first.startswith("rule-scheduler: 2 rows of its outbox are not announced")
    assert second.startswith("rule-scheduler: its copy of the config stands at revision 6, not at 7")


def test_only_the_first_troubles_are_told_and_all_are_kept() -> None:
    error = NotQuiet([f"trouble {n}" for n in range(9)], timedelta(seconds=3))
    assert str(error) == "not quiet after 3 s: trouble 0; trouble 1; trouble 2; trouble 3; trouble 4"
    assert len(error.troubles) == 9
