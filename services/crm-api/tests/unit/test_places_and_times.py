"""Places in lists, times of bookings and activities, tasks that are late, and whose message an outcome is about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.testing import NOW, named, record, shop
from contracts.outcomes import EffectOutcome
from contracts.people import Person
from contracts.signals import Identity, Signal
from crm_api.activities.activity import Activity, Participant
from crm_api.activities.checking import LONGEST, checked, lead
from crm_api.bookings.booking import LONGEST as LONGEST_BOOKING
from crm_api.bookings.booking import Hours, hours
from crm_api.chats.answering import WHOM
from crm_api.chats.conversation import chat_of, phone_of
from crm_api.chats.outcomes import latest, message_of
from crm_api.fields import FieldError
from crm_api.http import suppressions
from crm_api.http.timeline import cursor, follows
from crm_api.tasks.task import Task
from hypothesis import given, settings
from hypothesis import strategies as st

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  naive bounds
MINUTE = timedelta(minutes=1)
# Minutes after nine, so that what is taken often ends just where a slot begins.
QUARTERS = st.integers(-2, 12).map(lambda quarter: 15 * quarter)


@settings(max_examples=50, deadline=None)
@given(MOMENTS, st.uuids())
def test_a_place_in_a_list_is_read_as_it_was_given_also_where_nobody_escaped_it(at: datetime, id_: UUID) -> None:
    place = follows([{"at": at, "id": id_}], "at", 1)
    assert place is not None
    assert cursor(place) == cursor(place.replace("+", " ")) == (at, id_)
    assert suppressions.place(f"{at.isoformat()}~hash") == (at, "hash")


@pytest.mark.parametrize(
    "after",
    ["x", "2026-01-01", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "2026-13-01T00:00:00+00:00", "~/"],
)
def test_what_is_no_place_is_refused_whatever_it_is(after: str) -> None:
    for written in (f"{after}/x", f"{after}/{UUID(int=1)}x"):
        with pytest.raises(FieldError, match="send the `next` of the part before"):
            cursor(written)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_moments_beyond_all_calendars_are_no_places_either(at: str) -> None:
    with pytest.raises(FieldError) as refused:
        cursor(f"{at}/{UUID(int=1)}")
    assert refused.value.field == "after"
    with pytest.raises(FieldError) as refused:
        suppressions.place(f"{at}~hash")
    assert refused.value.field == "after"


def test_a_part_that_is_not_full_is_the_last() -> None:
    assert follows([{"at": NOW, "id": UUID(int=1)}], "at", 2) is None


def room() -> Hours:
    """Give a room that is booked from nine to twelve on Mondays, for three quarters of an hour."""
    week = {"id": "week", "zone": "UTC", "weekly": {0: [("09:00", "12:00")]}}
    known = {"id": "room", "name": "Room", "calendar": "week", "slot_minutes": 45}
    return hours("room", shop(extra=(record("calendar", "week", week), record("resource", "room", known))))


MONDAY = date(2026, 3, 2)


def day(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(QUARTERS, st.sampled_from([1, 15, 45, 90])), max_size=3), QUARTERS)
def test_free_slots_lie_within_the_hours_overlap_nothing_and_have_not_begun(
    spans: list[tuple[int, int]], now: int
) -> None:
    taken = [(day(9) + begin * MINUTE, day(9) + (begin + length) * MINUTE) for begin, length in spans]
    at = day(9) + now * MINUTE
    slots = list(room().free(MONDAY, taken, at))
    every = [(day(9) + n * 45 * MINUTE, day(9) + (n + 1) * 45 * MINUTE) for n in range(4)]
    assert slots == [
        (begin, end) for begin, end in every
        if begin >= at and all(to <= begin or end <= since for since, to in taken)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "field"),
    [
        (day(9), day(12), ""),
        (day(8, 59), day(10), "starts_at"),
        (day(9), day(12, 1), "ends_at"),
        (day(12), day(12, 30), "starts_at"),
        (day(10), day(10), "ends_at"),
        (day(9), day(9) + LONGEST_BOOKING + MINUTE, "ends_at"),
        (datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC) + MINUTE, "starts_at"),
    ],
)
def test_a_booking_begins_and_ends_within_the_hours(starts_at: datetime, ends_at: datetime, field: str) -> None:
    if not field:
        room().check(starts_at, ends_at)
        return
    with pytest.raises(FieldError) as refused:
        room().check(starts_at, ends_at)
    assert refused.value.field == field


def activity(**more: Any) -> Activity:
    told = {"item": UUID(int=1), "kind": "meeting", "subject": "Measure", "starts_at": NOW, "zone": "Europe/Lisbon"}
    return Activity(**{**told, "id": UUID(int=2), "created_at": NOW, "changed_at": NOW, **more})


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"assignee": "nobody"}, "assignee"),
        ({"participants": (Participant(person="ann"), Participant(person="nobody"))}, "participants.1.person"),
        ({"participants": (Participant(),)}, "participants.0"),
        ({"participants": (Participant(name="Ana", email="ana"),)}, "participants.0.email"),
        ({"starts_at": datetime(1969, 1, 1, tzinfo=UTC)}, "starts_at"),
        ({"ends_at": NOW}, "ends_at"),
        ({"ends_at": NOW + LONGEST + MINUTE}, "ends_at"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"invite": "pigeons"}, "invite"),
    ],
)
def test_an_activity_that_cannot_be_is_refused_by_its_field(more: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        checked(activity(**more), shop())
    assert refused.value.field == field


def test_an_activity_is_kept_in_one_form_and_one_of_ours_brings_no_address() -> None:
    guests = (Participant(name="Ana", email=" Ana@Example.COM "), Participant(person="ann", email="x@evil.example"))
    one = checked(activity(participants=guests, ends_at=NOW + LONGEST, assignee="leo"), shop())
    assert [(who.person, who.email) for who in one.participants] == [("", "ana@example.com"), ("ann", "")]
    assert one.people == ("leo", "ann")


def test_a_lead_is_an_interval() -> None:
    assert lead("remind", "15 minutes") == "15 minutes"
    with pytest.raises(FieldError):
        lead("remind", "soon")


def task(**more: Any) -> Task:
    return Task(id=UUID(int=1), item=UUID(int=2), title="Call", created_at=NOW, **more)


def test_a_task_is_late_once_its_deadline_has_passed_and_only_while_it_is_to_be_done() -> None:
    assert not task(deadline=NOW).is_late(NOW)
    late = [status for status in ("open", "in_progress", "done", "cancelled")
            if task(deadline=NOW, status=status).is_late(NOW + MINUTE)]  # fmt: skip
    assert late == ["open", "in_progress"]
    assert not task().is_late(NOW)


@pytest.mark.parametrize(
    ("more", "whose"),
    [
        ({"assignee": "ann"}, ["ann"]),
        ({"role": "warehouse"}, ["eva"]),
        ({"department": "sales"}, ["leo"]),
        ({"assignee": "ann", "role": "warehouse"}, ["ann", "eva"]),
        # Who has no role is not one of those who have none to have.
        ({}, []),
        ({"role": "", "department": ""}, []),
    ],
)
def test_a_task_is_for_whom_it_names(more: dict[str, Any], whose: list[str]) -> None:
    people = [Person(id="ann", name="A"), Person(id="eva", name="E", role="warehouse")]
    people.append(Person(id="leo", name="L", department="sales"))
    assert [one.id for one in people if task(**more).is_for(one)] == whose
    assert not task(**more).is_for(None)


def outcome(whom: str, version: int, state: str = "sent", **results: Any) -> EffectOutcome:
    ids = {"effect": named("effect"), "execution": named("x"), "item": named("i"), "activation": 1, "round": 1}
    told = {"effects": 1, "whom": whom, "state": state, "version": version, "results": results, "at": NOW}
    return EffectOutcome.model_validate({**ids, **told})


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(1, 6)))
def test_of_an_answer_the_highest_version_counts_in_whatever_order_it_is_told(order: list[int]) -> None:
    newest = latest(outcome(f"{WHOM}{UUID(int=7)}", version) for version in order)
    assert {id_: one.version for id_, one in newest.items()} == {UUID(int=7): 5}


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (outcome(f"{WHOM}{UUID(int=7)}", 1, "failed"), UUID(int=7)),
        (outcome("contact", 1, "sent", channel="chat"), named("effect")),
        (outcome("contact", 1, "confirmed", channel="chat"), named("effect")),
        (outcome("contact", 1, "claimed", channel="chat"), None),
        (outcome("contact", 1, "sent", channel="sms"), None),
    ],
)
def test_what_rules_wrote_is_a_message_once_it_reached_a_chat(told: EffectOutcome, message: UUID | None) -> None:
    assert message_of(told) == message


def wrote(*known: tuple[str, str], **payload: Any) -> Signal:
    identities = tuple(Identity.model_validate({"kind": kind, "value": value}) for kind, value in known)
    told = {"id": named("s"), "kind": "chat.message", "source": "line", "happened_at": NOW}
    return Signal(**told, identities=identities, payload=payload)


def test_who_writes_sms_has_a_chat_by_their_number_and_its_phone_is_found_again() -> None:
    sms = chat_of(wrote(("phone", "+351912345678"), channel="sms"))
    assert (sms, phone_of(sms)) == ("line:+351912345678", "+351912345678")
    chat = chat_of(wrote(("phone", "+351912345678"), ("chat", "telegram:bot:7"), ("chat", "telegram:bot:8")))
    assert (chat, phone_of(chat)) == ("telegram:bot:7", "")
    assert chat_of(wrote(("phone", "+351912345678"))) == ""
