"""One activity: a call, a meeting, a letter, a chat or a note about an item, with who takes part."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.activities import ActivityKind
from contracts.data import Part
from contracts.ids import derived
from pydantic import Field

ActivityState = Literal["planned", "done", "cancelled"]
MOST_PARTICIPANTS = 50


class Participant(Part):
    """Who takes part: a `person` of ours, or somebody from outside, whose record `contact` is where they have one."""

    person: str = Field("", max_length=200)
    contact: UUID | None = None
    name: str = Field("", max_length=200)
    email: str = Field("", max_length=254)


class Activity(Part):
    """One activity; `zone` is the one that its wall times are meant in, `result` what came of it.

    Guests, those from outside with a mail address, are invited through the account `invite`, where one is named.
    `sequence` counts the changes that calendars must hear of, `version` all of them.
    """

    id: UUID
    item: UUID
    kind: ActivityKind
    subject: str
    description: str = ""
    assignee: str | None = None
    participants: tuple[Participant, ...] = ()
    starts_at: datetime
    ends_at: datetime | None = None
    zone: str
    place: str = ""
    important: bool = False
    auto_complete: bool = False
    invite: str = ""
    state: ActivityState = "planned"
    result: str = ""
    sequence: int = 0
    version: int = 1
    created_at: datetime
    created_by: str = ""
    changed_at: datetime

    @property
    def people(self) -> tuple[str, ...]:
        """Give those of ours who take part, the assignee first."""
        named = (self.assignee, *(one.person for one in self.participants))
        return tuple(dict.fromkeys(one for one in named if one))

    @property
    def guests(self) -> tuple[Participant, ...]:
        """Give those from outside who can be written to."""
        return tuple(one for one in self.participants if not one.person and one.email)


def activity_id(execution: UUID) -> UUID:
    """Give the id of the activity that a rule's execution makes, so that a second time makes nothing new."""
    return derived("activity", execution)
