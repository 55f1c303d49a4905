"""Which fields an item must have filled: now, or at some later time."""

from collections.abc import Collection

from contracts.elements import ElementType
from contracts.items import Item

from crm_api.fields.errors import FieldError


def missing(type_: ElementType, item: Item) -> tuple[str, ...]:
    """Give the required fields that an item leaves empty, in the type's order."""
    roles = {link.role for link in item.links}
    return tuple(f.key for f in type_.fields if f.required and f.key not in roles and item.fields.get(f.key) is None)


def require(type_: ElementType, item: Item, *, of: Collection[str] | None = None) -> None:
    """Refuse an item that leaves a required field empty, of these fields or of all; raises `FieldError`."""
    for key in missing(type_, item):
        if of is None or key in of:
            raise FieldError(f"fields.{key}", "this is required", "send a value, or a link with this role")
