"""Where one part of a list ends and the next begins, as a text that callers pass on unread."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from crm_api.fields import FieldError
from crm_api.lists.conditions import Order


@dataclass(frozen=True, slots=True)
class Place:
    """The last item of a part: its key in the order of the list, None where it has no value, and its id."""

    key: str | None
    id: UUID


def written(order: Order, place: Place) -> str:
    """Write a place in an order."""
    told = msgspec.json.encode([order.name, place.key, place.id])
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def read(order: Order, after: str) -> Place | None:
    """Read where a part begins, None for the first one; raises `FieldError` for what no list of this order gave."""
    if not after:
        return None
    try:
        name, key, id_ = msgspec.json.decode(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)), type=list[Any])
        place = Place(key if key is None else str(key), UUID(id_))
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise _unknown("this is no place in a list") from None
    if name != order.name or "\0" in (key or ""):
        raise _unknown(f"this is a place in a list sorted by {name}, not by {order.name}")
    return place


def _unknown(problem: str) -> FieldError:
    return FieldError("after", problem, "send the `next` of the part before, with the same sort")
