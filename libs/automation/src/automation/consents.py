"""Who may be reached, where a message is decided: nobody who is deleted or refused, and advertising needs a yes."""

from collections.abc import Mapping
from typing import Any

from contracts.consents import CONSENTS, ConsentChannel, ConsentState
from contracts.items import Item

# Which consent an action's channel asks for; the others reach nobody outside.
ASKED: Mapping[str, ConsentChannel] = {
    "phone": "phone",
    "email": "email",
    "chat": "chat",
    "audience": "advertising",
}
ADVERTISING: ConsentChannel = "advertising"
# Under which role a record that was merged into another one links to it.
MERGED_INTO = "merged_into"


def is_advertising(params: Mapping[str, Any]) -> bool:
    """Say whether a rule's parameters make its message advertising."""
    return params.get("advertising") is True


def state(fields: Mapping[str, Any], channel: ConsentChannel) -> ConsentState:
    """Give what a contact said about a channel."""
    held = fields.get(CONSENTS)
    said: ConsentState = held.get(channel, "unknown") if isinstance(held, Mapping) else "unknown"
    return said


def unwilling(fields: Mapping[str, Any], role: str, channel: str, *, advertising: bool = False) -> str:
    """Say in words why a contact with these fields may not be reached so, "" where they may."""
    asked = ASKED.get(channel)
    if asked is None:
        return ""
    if state(fields, asked) == "refused":
        return f"the {role} refused {asked}"
    if not advertising and asked != ADVERTISING:
        return ""
    agreed = state(fields, ADVERTISING)
    if agreed == "given":
        return ""
    return f"the {role} refused advertising" if agreed == "refused" else f"the {role} did not agree to advertising"


def gone(contact: Item, role: str) -> str:
    """Say that a contact is deleted, "" where not: one that was merged lives on, under an id that may be unheard."""
    return f"the {role} is deleted" if contact.deleted and contact.linked(MERGED_INTO) is None else ""
