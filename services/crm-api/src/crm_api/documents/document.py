"""Documents made from templates: numbered, in versions, and shown to whoever has their link."""

import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.data import Part

TOKEN_BYTES = 24
LONGEST_LINK = 3650
Again = Literal["version", "new"]


class Document(Part):
    """One version of a document; `id` is the effect's that made it, `file` its content hash, empty until it is made.

    The versions of a document have one number. `token` is the secret of its link, which shows nothing from
    `expires_at` on, or once it is revoked. `made_by` is the person who asked for it, empty where a rule did.
    """

    id: UUID
    item: UUID
    template: str
    number: str
    version: int = 1
    title: str = ""
    file: str = ""
    name: str = ""
    content_type: str = ""
    token: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    made_by: str = ""
    created_at: datetime

    def shown(self, now: datetime) -> bool:
        """Say whether its link shows it."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def new_token() -> str:
    """Give a secret that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def counter_of(template: str) -> str:
    """Name the counter that numbers the documents of a template."""
    return f"document/{template}"


def ends(now: datetime, days: int | None) -> datetime | None:
    """Give when a link ends that is good for so many days; None for one that never does."""
    return None if days is None else now + timedelta(days=days)
