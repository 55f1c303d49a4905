"""Whether an activity can be: whom it names is there, its end is behind its beginning, its addresses are ones."""

from datetime import UTC, datetime, timedelta

from automation.documents import DocumentError
from automation.intervals import Interval
from automation.knowledge import Knowledge
from automation.wall_times import read_zone

from crm_api.activities.activity import Activity, Participant
from crm_api.fields import FieldError, Unfit, normal_email

LONGEST = timedelta(days=31)
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def checked(activity: Activity, knowledge: Knowledge) -> Activity:
    """Give an activity with its addresses in their one form; raises `FieldError`."""
    if activity.assignee is not None:
        known_person("assignee", activity.assignee, knowledge)
    participants = tuple(
        participant(f"participants.{n}", one, knowledge) for n, one in enumerate(activity.participants)
    )
    check_span(activity.starts_at, activity.ends_at)
    try:
        read_zone(activity.zone)
    except DocumentError as error:
        raise FieldError("zone", error.message, error.fix) from None
    if activity.invite and activity.invite not in knowledge.connections:
        raise FieldError("invite", f"there is no connection {activity.invite!r}", "name an account that sends mail")
    ends_at = activity.ends_at.astimezone(UTC) if activity.ends_at else None
    settled = {"participants": participants, "starts_at": activity.starts_at.astimezone(UTC), "ends_at": ends_at}
    return activity.model_copy(update=settled)


def check_span(starts_at: datetime, ends_at: datetime | None) -> None:
    """Refuse a beginning and an end that no calendar shows, or that do not fit together; raises `FieldError`."""
    within("starts_at", starts_at)
    if ends_at is None:
        return
    within("ends_at", ends_at)
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise FieldError("ends_at", "it is not behind its beginning, or too far", f"end it within {LONGEST.days} days")


def participant(at: str, one: Participant, knowledge: Knowledge) -> Participant:
    """Give a participant, one of ours, or somebody with a name, a record or an address; raises `FieldError`."""
    if one.person:
        known_person(f"{at}.person", one.person, knowledge)
        return Participant(person=one.person)
    if not (one.contact or one.name or one.email):
        raise FieldError(at, "this is nobody", "send a person, a contact, or a name with an email address")
    if not one.email:
        return one
    try:
        return one.model_copy(update={"email": normal_email(one.email)})
    except Unfit as error:
        raise FieldError(f"{at}.email", f"{one.email!r} is not an email address", str(error)) from None


def known_person(at: str, person: str, knowledge: Knowledge) -> None:
    """Refuse who is unknown; raises `FieldError`."""
    if person not in knowledge.people:
        raise FieldError(at, f"there is no person {person!r}", "send the id of a person")


def within(at: str, moment: datetime) -> None:
    """Refuse moments that no calendar shows; raises `FieldError`."""
    if not EARLIEST <= moment <= LATEST:
        raise FieldError(at, "it is too long ago, or too far away", f"send one until {LATEST:%Y}")


def lead(at: str, written: str) -> str:
    """Give an interval as it is written; raises `FieldError`."""
    try:
        Interval.read(written)
    except ValueError as error:
        raise FieldError(at, str(error), "write it like '15 minutes' or '1 working day'") from None
    return written
