"""Notices: what people are told inside the CRM."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice for one person, about an item where one is named; `sender` is who or what says it."""

    id: UUID
    person: str
    item: UUID | None
    text: str
    sender: str
    at: datetime
    read_at: datetime | None = None
