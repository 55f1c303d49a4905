"""Documents made from templates: numbered, and shown to whoever has their link."""

import secrets
from datetime import datetime
from uuid import UUID

from contracts.data import Part

TOKEN_BYTES = 24


class Document(Part):
    """One document; `id` is the effect's that made it, `file` its content hash, `token` the secret of its link."""

    id: UUID
    item: UUID
    template: str
    number: str
    title: str = ""
    file: str
    token: str
    created_at: datetime


def new_token() -> str:
    """Give a secret that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def counter_of(template: str) -> str:
    """Name the counter that numbers the documents of a template."""
    return f"document/{template}"
