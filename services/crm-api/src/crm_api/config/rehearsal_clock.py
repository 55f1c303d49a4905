"""The rehearsal clock goes forward only: what has happened at a moment cannot come before another that is to come."""

from datetime import timedelta

from chassis.problems import Problem
from contracts.config import Clock, ConfigChanged

from crm_api.fields import FieldError

# Beyond this the database can name no moment any more, and there is no way back.
FARTHEST = timedelta(days=100 * 365)


def check_forward(wanted: Clock, held: ConfigChanged | None) -> None:
    """Refuse an offset below the present one, or one that no database could add."""
    if wanted.offset > FARTHEST:
        raise FieldError("offset", f"{wanted.offset.days} days are too far ahead", "send at most 36500 days")
    present = Clock() if held is None else Clock.model_validate(held.data)
    if wanted.offset < present.offset:
        reason = f"the clock is {present.offset} ahead already, and never goes back"
        raise FieldError("offset", reason, "send a greater one, or rehearse in a new deployment")


def refuse_deletion() -> None:
    """Refuse to delete the record, which would bring the clock back to real time."""
    raise Problem(409, "The clock never goes back", detail="To begin at real time again, make a new deployment.")
