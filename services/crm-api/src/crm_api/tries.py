"""Connections that are tried: who may ask how often, and by which road a worker is asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.ids import new_id
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.config import Connection
from contracts.data import Part
from contracts.envelope import Cause
from contracts.messages import Message
from contracts.tries import TRIED_BY, TryConnection, TryOutcome
from pydantic import Field

WINDOW = timedelta(minutes=1)
# Within the window, of one connection, and by one person.
MOST, MOST_BY_PERSON = 5, 20
ANSWERS_WITHIN = timedelta(seconds=30)


class Try(Part):
    """One try of a connection, or of a `draft` that nobody has kept; without `outcome` nobody has answered yet."""

    id: UUID
    connection: str
    provider: str
    draft: bool = False
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    outcome: TryOutcome | None = None
    words: str = ""
    account: dict[str, str] = Field(default_factory=dict)
    answered_at: datetime | None = None


def begun(connection: Connection, *, draft: bool, by: str, now: datetime) -> Try:
    """Begin a try; for a provider that no worker knows it ends here, in words."""
    begun = Try(
        id=new_id(),
        connection=connection.id,
        provider=connection.provider,
        draft=draft,
        asked_by=by,
        asked_at=now,
        expires_at=now + ANSWERS_WITHIN,
    )
    if connection.provider in TRIED_BY:
        return begun
    words = f"no worker knows the provider '{connection.provider}'; use one of: {', '.join(sorted(TRIED_BY))}"
    return begun.model_copy(update={"outcome": "refused", "words": words, "answered_at": now})


def question(one: Try, connection: Connection, revision: int, outbox: Outbox, cause: Cause) -> Message:
    """Give the message that asks the workers who use accounts of the provider; what is kept they have already."""
    asked = TryConnection(
        id=one.id,
        connection=one.connection,
        draft=connection if one.draft else None,
        expires_at=one.expires_at,
        config=0 if one.draft else revision,
    )
    road = topics.ACTIONS[TRIED_BY[one.provider]]
    return outbox.message(road, one.connection, asked, About(one.asked_at, cause))


def too_soon(of_connection: Sequence[datetime], of_person: Sequence[datetime], now: datetime) -> timedelta | None:
    """Give how long somebody has to wait who has asked too often, None where they may ask now."""
    full = [
        asked[-most] + WINDOW - now
        for asked, most in ((of_connection, MOST), (of_person, MOST_BY_PERSON))
        if len(asked) >= most
    ]
    return max(full, default=None)


def as_it_stands(one: Try, now: datetime) -> Try:
    """Give a try with words for a person also where nobody has answered."""
    if one.outcome is not None:
        return one
    kind = TRIED_BY[one.provider]
    if now <= one.expires_at:
        return one.model_copy(update={"words": f"the workers of the kind '{kind}' are asked"})
    within = f"{ANSWERS_WITHIN.total_seconds():.0f} seconds"
    words = f"no worker of the kind '{kind}' answered within {within}; see that one runs, then try again"
    return one.model_copy(update={"outcome": "unavailable", "words": words})
