"""Ids of what is born here: UUIDv7 (RFC 9562), so that they sort by birth."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Give a new id."""
    return uuid7()
