"""Accounts at providers that people try: something harmless is asked, and a person reads what came of it."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.config import Connection
from contracts.data import Data

# The kind of the workers that use the accounts of a provider, and try them.
TRIED_BY = {
    "twilio": "sms",
    "smtp": "email",
    "telegram": "message",
    "meta": "ad-audience",
    "google": "ad-audience",
    "vk": "ad-audience",
    "yandex": "ad-audience",
    "webhook": "webhook",
}
# `refused`: not as it is set up; `unavailable`: not now; `untried`: there is nothing harmless to ask.
TryOutcome = Literal["works", "refused", "unavailable", "untried"]


class TryConnection(Data):
    """Try an account: the one that is kept, as of the revision `config`, or a `draft` that nobody has kept.

    Secrets are where they always are, sealed in the record. Nobody waits for an answer after `expires_at`.
    """

    TYPE: ClassVar[str] = "connection.try.v1"
    id: UUID
    connection: str
    draft: Connection | None = None
    expires_at: datetime
    config: int


class ConnectionTried(Data):
    """What came of it in words, with the fix where it does not work; `account` is who answered, by particulars."""

    TYPE: ClassVar[str] = "connection.tried.v1"
    id: UUID
    connection: str
    outcome: TryOutcome
    words: str
    account: dict[str, str] = Field(default_factory=dict)
    at: datetime
