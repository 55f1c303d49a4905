"""Who is told what of an activity: guests by mail when it changes, people of ours before it begins."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.testing import shop
from crm_api.activities.activity import Activity, Participant
from crm_api.activities.firing import is_over, notices
from crm_api.activities.inviting import letters, recipient, text
from crm_api.activities.reminder import Reminder, reminder_id
from crm_api.documents.document import Document, ends

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
ID, ITEM = UUID(int=2), UUID(int=1)
ANA = Participant(name="Ana", email="ana@example.com")
RUI = Participant(contact=UUID(int=7), email="rui@example.com")
BOTH = (ANA, RUI)


def activity(*participants: Participant, invite: str = "", state: Any = "planned", **more: Any) -> Activity:
    told = {"id": ID, "item": ITEM, "kind": "meeting", "subject": "Measure", "starts_at": AT, "zone": "Europe/Lisbon"}
    return Activity(
        **{**told, **more}, participants=participants, invite=invite, state=state, created_at=AT, changed_at=AT
    )


INVITED = activity(*BOTH, invite="mail")
OFF = activity(*BOTH, invite="mail", state="cancelled")
CHANGES: dict[str, tuple[Activity | None, Activity, list[tuple[str, str, str]]]] = {
    "a new one": (None, INVITED, [("REQUEST", "mail", "ana rui")]),
    "a new one without an account": (None, activity(*BOTH), []),
    "a new one that is done": (None, activity(*BOTH, invite="mail", state="done"), []),
    "another subject": (INVITED, INVITED.model_copy(update={"subject": "x"}), [("REQUEST", "mail", "ana rui")]),
    "one guest less": (
        INVITED,
        activity(ANA, invite="mail"),
        [("REQUEST", "mail", "ana"), ("CANCEL", "mail", "rui")],
    ),
    "another guest instead": (
        activity(ANA, invite="mail"),
        activity(RUI, invite="mail"),
        [("REQUEST", "mail", "rui"), ("CANCEL", "mail", "ana")],
    ),
    "the account is given later": (activity(*BOTH), INVITED, [("REQUEST", "mail", "ana rui")]),
    "the account is taken away": (INVITED, activity(*BOTH), [("CANCEL", "mail", "ana rui")]),
    "another account": (INVITED, activity(ANA, invite="new"), [("REQUEST", "new", "ana"), ("CANCEL", "new", "rui")]),
    "it is off": (INVITED, OFF, [("CANCEL", "mail", "ana rui")]),
    "it is off, and the account taken away": (
        INVITED,
        activity(*BOTH, state="cancelled"),
        [("CANCEL", "mail", "ana rui")],
    ),
    "it is off already": (OFF, activity(ANA, invite="mail", state="cancelled"), []),
    "it is on again": (OFF, INVITED, [("REQUEST", "mail", "ana rui")]),
    "it is done": (INVITED, activity(*BOTH, invite="mail", state="done"), []),
    "nobody from outside": (None, activity(Participant(person="ann"), Participant(name="Eva"), invite="mail"), []),
}


@pytest.mark.parametrize("change", CHANGES)
def test_guests_are_told_what_concerns_them_through_the_account_that_invited_them(change: str) -> None:
    before, after, told = CHANGES[change]
    assert [
        (one.method, one.activity.invite, " ".join(guest.email.partition("@")[0] for guest in one.guests))
        for one in letters(before, after)
    ] == told


def test_a_letter_says_when_by_the_clocks_of_the_activity_and_leaves_out_what_is_empty() -> None:
    summer = activity(starts_at=datetime(2026, 7, 1, 10, tzinfo=UTC), place="Rua 1", description="Bring the plan")
    assert text(summer, "REQUEST") == "Measure\n2026-07-01 11:00 (Europe/Lisbon)\nRua 1\nBring the plan\n"
    assert text(INVITED, "CANCEL") == "This does not take place:\n\nMeasure\n2026-03-02 10:00 (Europe/Lisbon)\n"


def test_a_guest_with_a_record_is_written_to_as_that_contact() -> None:
    assert [(one.whom, one.address, one.contact) for one in map(recipient, BOTH)] == [
        ("guest:ana@example.com", "ana@example.com", None),
        (f"contact:{UUID(int=7)}", "rui@example.com", UUID(int=7)),
    ]


def test_people_of_ours_are_named_once_the_assignee_first_and_are_no_guests() -> None:
    ours = (Participant(person="rui", email="rui@shop.example"), Participant(person="ann"), ANA)
    one = activity(*ours, assignee="ann")
    assert (one.people, one.guests) == (("ann", "rui"), (ANA,))
    assert activity(*ours).people == ("rui", "ann")


def reminder(**more: Any) -> Reminder:
    told = {"id": reminder_id(ID, "1 day"), "item": ITEM, "people": ("ann", "leo"), "at": AT, "created_at": AT}
    return Reminder(**{**told, **more})


def test_a_reminder_is_over_with_the_activity_that_it_is_of() -> None:
    of = reminder(activity=ID)
    states = ("planned", "done", "cancelled")
    assert [is_over(of, {ID: activity(state=state)}) for state in states] == [False, True, True]
    assert is_over(of, {})
    assert not is_over(reminder(), {})


def test_everyone_gets_a_notice_of_their_own_and_another_one_when_the_reminder_has_moved() -> None:
    known = shop()
    first = notices(reminder(text="Pay"), {}, known, AT)
    assert [(one.person, one.text, one.item) for one in first] == [("ann", "Pay", ITEM), ("leo", "Pay", ITEM)]
    assert [one.id for one in notices(reminder(text="Pay"), {}, known, AT + timedelta(hours=1))] == [
        one.id for one in first
    ]
    moved = notices(reminder(at=AT + timedelta(hours=1)), {}, known, AT)
    assert len({one.id for one in (*first, *moved)}) == 4
    [told, _] = notices(reminder(activity=ID, text="not this"), {ID: activity()}, known, AT)
    assert told.text == "meeting: Measure (2026-03-02 10:00)"


def test_a_reminder_of_an_activity_is_one_for_each_lead() -> None:
    assert reminder_id(ID, "1 day") == reminder_id(ID, "1 day")
    assert len({reminder_id(ID, "1 day"), reminder_id(ID, "1 hour"), reminder_id(ITEM, "1 day")}) == 3


@pytest.mark.parametrize(
    ("days", "revoked", "after", "shown"),
    [
        (None, False, timedelta(days=9_999), True),
        (7, False, timedelta(days=7, seconds=-1), True),
        (7, False, timedelta(days=7), False),
        (0, False, timedelta(), False),
        (None, True, timedelta(), False),
        (7, True, timedelta(), False),
    ],
)
def test_the_link_of_a_document_shows_it_until_it_ends_or_is_revoked(
    days: int | None, after: timedelta, *, revoked: bool, shown: bool
) -> None:
    document = Document(
        id=ID, item=ITEM, template="offer", number="1", token="t", created_at=AT,
        expires_at=ends(AT, days), revoked_at=AT if revoked else None,
    )  # fmt: skip
    assert document.shown(AT + after) is shown
