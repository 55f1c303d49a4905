"""Whether an activity can be: its moments, those who take part, and when they are reminded of it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from automation.testing import record, shop
from contracts.people import Person
from crm_api.activities.activity import Activity, Participant
from crm_api.activities.checking import checked, lead
from crm_api.activities.reminder import moment
from crm_api.fields import FieldError
from crm_api.tasks.task import Task

AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
NEVER = {"id": "portal", "zone": "Europe/Lisbon", "weekly": {}}


def activity(**more: Any) -> Activity:
    told = {"item": UUID(int=1), "kind": "meeting", "subject": "Measure", "starts_at": AT, "zone": "Europe/Lisbon"}
    return Activity(**{**told, "id": UUID(int=2), "created_at": AT, "changed_at": AT, **more})


def wrong(**more: Any) -> str:
    """Give the field that is refused, "" where none is."""
    try:
        checked(activity(**more), shop())
    except FieldError as error:
        return error.field if error.fix else "a field without a fix"
    return ""


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [
        (AT, None, ""),
        (AT, AT + timedelta(microseconds=1), ""),
        (AT, AT + timedelta(days=31), ""),
        (AT, AT + timedelta(days=31, seconds=1), "ends_at"),
        (AT, AT, "ends_at"),
        (AT, AT - timedelta(minutes=1), "ends_at"),
        (datetime(1970, 1, 1, tzinfo=UTC), None, "starts_at"),
        (datetime(2200, 1, 1, tzinfo=UTC), None, ""),
        (datetime(2200, 1, 1, 0, 0, 1, tzinfo=UTC), None, "starts_at"),
        (datetime(2199, 12, 31, tzinfo=UTC), datetime(2200, 1, 2, tzinfo=UTC), "ends_at"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), None, "starts_at"),
        (AT, datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), "ends_at"),
    ],
)
def test_an_activity_ends_behind_its_beginning_within_a_month_at_a_time_that_calendars_show(
    begin: datetime, end: datetime | None, field: str
) -> None:
    assert wrong(starts_at=begin, ends_at=end) == field


def test_its_moments_are_kept_in_utc_whatever_clocks_they_were_written_by() -> None:
    there = timezone(timedelta(hours=-5))
    one = checked(activity(starts_at=AT.astimezone(there), ends_at=(AT + timedelta(hours=1)).astimezone(there)), shop())
    assert [(at.hour, at.tzinfo) for at in (one.starts_at, one.ends_at) if at] == [(10, UTC), (11, UTC)]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"assignee": "zoe"}, "assignee"),
        ({"assignee": None}, ""),
        ({"zone": ""}, "zone"),
        ({"zone": "../UTC"}, "zone"),
        ({"invite": "pigeon"}, "invite"),
        ({"invite": "meta"}, ""),
        ({"participants": (Participant(person="ann"), Participant(person="zoe"))}, "participants.1.person"),
        ({"participants": (Participant(person="ann"), Participant())}, "participants.1"),
        ({"participants": (Participant(name="Maria", email="maria@"),)}, "participants.0.email"),
        ({"participants": (Participant(name="Maria"),)}, ""),
        ({"participants": (Participant(contact=UUID(int=3)),)}, ""),
    ],
)
def test_whom_an_activity_names_is_there_or_can_be_written_to(more: dict[str, Any], field: str) -> None:
    assert wrong(**more) == field


def test_ours_are_known_by_their_ids_alone_and_guests_by_one_form_of_their_address() -> None:
    given = (
        Participant(person="rui", name="Somebody else", email="other@example.com", contact=UUID(int=3)),
        Participant(name="Maria", email="Maria@Example.COM"),
        Participant(name="Without an address"),
        Participant(person="ann"),
        Participant(person="rui"),
    )
    one = checked(activity(assignee="ann", participants=given), shop())
    assert one.participants[:2] == (Participant(person="rui"), Participant(name="Maria", email="maria@example.com"))
    assert one.people == ("ann", "rui")
    assert [guest.email for guest in one.guests] == ["maria@example.com"]
    assert activity().people == ()


@pytest.mark.parametrize(
    ("written", "calendars"), [("1 working day", (record("calendar", "portal", NEVER),)), ("36500 working days", ())]
)
def test_a_working_time_that_never_was_is_refused_by_its_field(written: str, calendars: tuple[Any, ...]) -> None:
    with pytest.raises(FieldError) as refusal:
        moment(written, activity(), shop(extra=calendars), "remind")
    assert (refusal.value.field, bool(refusal.value.fix)) == ("remind", True)


@pytest.mark.parametrize("written", ["soon", "", "-1 day", "1 day and a half", "101 years", "99999999999 days"])
def test_how_long_before_is_written_like_an_interval(written: str) -> None:
    with pytest.raises(FieldError, match=r"lead: .*write it like '15 minutes'"):
        lead("lead", written)


def task(**more: Any) -> Task:
    return Task(**{"id": UUID(int=1), "item": UUID(int=2), "title": "Call", "created_at": AT, **more})


@pytest.mark.parametrize(
    ("whose", "person", "is_theirs"),
    [
        ({"assignee": "ann"}, {}, True),
        ({"assignee": "rui"}, {}, False),
        ({"role": "packer"}, {"role": "packer"}, True),
        ({"role": "packer"}, {"role": "driver"}, False),
        ({"role": ""}, {"role": ""}, False),
        ({"department": "sales"}, {"department": "sales"}, True),
        ({"department": ""}, {"department": ""}, False),
        ({"assignee": "rui", "role": "packer"}, {"role": "packer"}, True),
        ({}, {"role": "packer", "department": "sales"}, False),
    ],
)
def test_a_task_is_for_whom_it_names_or_for_all_of_a_role_or_department(
    whose: dict[str, str], person: dict[str, str], *, is_theirs: bool
) -> None:
    ann = Person.model_validate({"id": "ann", "name": "Ann", **person})
    assert task(**whose).is_for(ann) is is_theirs
    assert not task(**whose).is_for(None)


@pytest.mark.parametrize(
    ("status", "before", "late"),
    [
        ("open", 1, True),
        ("in_progress", 1, True),
        ("done", 1, False),
        ("cancelled", 1, False),
        ("open", 0, False),
        ("open", -1, False),
        ("open", None, False),
    ],
)
def test_a_task_is_late_behind_its_deadline_while_it_is_to_be_done(
    status: str, before: int | None, *, late: bool
) -> None:
    deadline = None if before is None else AT - timedelta(seconds=before)
    assert task(status=status, deadline=deadline).is_late(AT) is late
