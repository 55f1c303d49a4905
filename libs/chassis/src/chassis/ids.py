"""Ids of what is born here: UUIDv7 (RFC 9562), so that they sort by birth."""

from uuid import UUID

import uuid_utils
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Give a new id."""
    return uuid7()


def new_name() -> str:
    """Give a new id as text, without the object that it would be made from."""
    return str(uuid_utils.uuid7())
