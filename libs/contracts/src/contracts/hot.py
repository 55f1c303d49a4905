"""The messages of the hottest path once more, as structs that are read and written many times faster.

They are the same JSON as the classes of `items`, `executions` and `actions`, to which a test holds them. Ids stay text,
and what nobody looks into stays as it is written. Nothing here is checked: they read only what this system has written.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw

EMPTY_LIST = Raw(b"[]")


class HotLink(msgspec.Struct, gc=False):
    """A `Link`."""

    role: str
    type: str
    id: str


class HotItem(msgspec.Struct, kw_only=True, gc=False):
    """An `Item`, but for what no decision on a dispatch reads."""

    id: str
    type: str
    pipeline: str = ""
    stage: str = ""
    version: int
    activation: int = 0
    entered_at: datetime
    created_at: datetime
    title: str = ""
    responsible: str | None = None
    fields: dict[str, Any] = {}
    links: tuple[HotLink, ...] = ()
    deleted: bool = False

    def linked(self, role: str) -> str | None:
        """Give the first item linked under a role."""
        for link in self.links:
            if link.role == role:
                return link.id
        return None


class HotRow(msgspec.Struct, kw_only=True, gc=False):
    """An `ExecutionRow`, but for what no decision on a dispatch reads."""

    id: str
    version: int
    item: str
    activation: int
    rule: str
    rule_set: Raw
    occurrence: str = "0"
    state: str
    round: int = 1
    due_at: datetime | None = None
    notes: Raw = EMPTY_LIST
    seen: dict[str, Any] = {}


class HotDispatch(msgspec.Struct, gc=False):
    """A `Dispatch`."""

    id: str
    version: int
    at: datetime
    seen: dict[str, Any] = {}


class HotCause(msgspec.Struct, gc=False):
    """A `Cause`, as it is kept beside a row."""

    correlation: str
    causation: str
    hops: int = 0
    actor: str = "system"
    traceparent: str = ""


class HotRecipient(msgspec.Struct, gc=False):
    """A `Recipient`."""

    whom: str
    name: str = ""
    address: str = ""
    contact: str | None = None
    missing: str = ""
    zone: str = ""


class HotAction(msgspec.Struct, gc=False):
    """A `PerformAction`."""

    execution: str
    round: int
    item: str
    item_type: str
    activation: int
    rule: str
    rule_key: str
    action: str
    connection: str
    recipients: tuple[HotRecipient, ...]
    params: dict[str, Any]
    of_entry: bool
    at_least_once: bool
    due_at: datetime
    expires_at: datetime | None
    config: int


read_item = msgspec.json.Decoder(HotItem).decode
read_row = msgspec.json.Decoder(HotRow).decode
read_cause = msgspec.json.Decoder(HotCause).decode
write = msgspec.json.Encoder().encode
