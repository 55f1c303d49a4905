"""What items may link to."""

import re
from collections.abc import Collection
from uuid import UUID

from contracts.items import Item, Link

from crm_api.fields import FieldError

ROLE = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def check_target(path: str, of: UUID, link: Link, target: Item | None, hidden: Collection[UUID]) -> None:
    """Refuse a link under no role, to the item itself, or to what is not there, hidden, or of another type."""
    if not ROLE.fullmatch(link.role):
        raise FieldError(f"{path}.role", f"{link.role!r} is no role", "use small letters, digits, - and _")
    if link.id == of:
        raise FieldError(f"{path}.id", "an item cannot link to itself", "send the id of another item")
    if target is None or target.deleted or link.id in hidden:
        raise FieldError(f"{path}.id", f"there is no item {link.id}", "send the id of an item")
    if target.type != link.type:
        raise FieldError(f"{path}.type", f"item {link.id} is a {target.type}", f"send {target.type!r}")
