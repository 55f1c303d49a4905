"""Invitations by mail to guests, who are no people of ours: each change is told to whom it concerns (RFC 5546)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from automation.knowledge import Knowledge
from automation.wall_times import read_zone
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.actions import NO_RULE, PerformAction, Recipient
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.items import Item
from contracts.messages import Message

from crm_api.activities.activity import Activity, Participant
from crm_api.calendars.icalendar_text import invitation, local

Method = Literal["REQUEST", "CANCEL"]
ACTION = "send-invitation"
SUBJECTS = {"REQUEST": "Invitation: {}", "CANCEL": "Cancelled: {}"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What guests are told of an activity as it is now."""

    activity: Activity
    method: Method
    guests: tuple[Participant, ...]


def letters(before: Activity | None, after: Activity) -> list[Letter]:
    """Give who is to be told what: those who are invited, or of a change; and those for whom it is off."""
    was, now = invited(before), invited(after)
    if after.state == "done":
        return []
    on = now if after.state == "planned" else ()
    known = {guest.email for guest in on}
    off = tuple(guest for guest in was if guest.email not in known)
    # Where the account was taken away, what it sent is called off through it.
    calling_off = after if after.invite or before is None else after.model_copy(update={"invite": before.invite})
    told = [Letter(after, "REQUEST", on), Letter(calling_off, "CANCEL", off)]
    return [letter for letter in told if letter.guests]


def invited(activity: Activity | None) -> tuple[Participant, ...]:
    """Give the guests of an activity who know of it."""
    return activity.guests if activity is not None and activity.invite and activity.state == "planned" else ()


def message(  # noqa: PLR0917  an address, a letter, and the road that it takes
    letter: Letter, item: Item, knowledge: Knowledge, outbox: Outbox, cause: Cause, now: datetime
) -> Message:
    """Make what the mail worker is asked for; a change of one number is written once."""
    activity = letter.activity
    params = {
        "subject": SUBJECTS[letter.method].format(activity.subject),
        "text": text(activity, letter.method),
        "calendar": invitation(activity, letter.guests, knowledge, letter.method),
        "method": letter.method,
    }
    action = PerformAction(
        execution=derived("invitation", activity.id, activity.sequence, letter.method),
        item=item.id,
        item_type=item.type,
        activation=0,
        rule=NO_RULE,
        rule_key=ACTION,
        action=ACTION,
        connection=activity.invite,
        recipients=tuple(map(recipient, letter.guests)),
        params=params,
        due_at=now,
        config=knowledge.revision,
    )
    persons = tuple(guest.contact for guest in letter.guests if guest.contact)
    return outbox.message(topics.ACTIONS["email"], item.id, action, About(at=now, cause=cause, persons=persons))


def recipient(guest: Participant) -> Recipient:
    """Give a guest as the worker writes to them."""
    whom = f"contact:{guest.contact}" if guest.contact else f"guest:{guest.email}"
    return Recipient(whom=whom, name=guest.name, address=guest.email, contact=guest.contact)


def text(activity: Activity, method: Method) -> str:
    """Say in words what the calendar says, for whoever reads mail without one."""
    off = "This does not take place:\n\n" if method == "CANCEL" else ""
    when = f"{local(activity.starts_at, read_zone(activity.zone)):%Y-%m-%d %H:%M} ({activity.zone})"
    parts = (activity.subject, when, activity.place, activity.description)
    return off + "\n".join(part for part in parts if part) + "\n"
