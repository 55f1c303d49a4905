"""What a contact agreed to, where a message is decided: who refused is never reached, advertising needs a yes."""

from collections.abc import Mapping
from typing import Any

from contracts.consents import CONSENTS, ConsentChannel, ConsentState

# Which consent an action's channel asks for; the others reach nobody outside.
ASKED: Mapping[str, ConsentChannel] = {
    "phone": "phone",
    "email": "email",
    "chat": "chat",
    "audience": "advertising",
}
ADVERTISING: ConsentChannel = "advertising"


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
