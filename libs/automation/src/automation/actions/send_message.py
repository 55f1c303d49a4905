"""send-message: a text to the client in the chat from which they wrote last, else by other ways in their order."""

from typing import Literal

from contracts.actions import Recipient
from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Channel, Effects, Params, People, Text
from automation.consents import gone, is_advertising, unwilling
from automation.facts import Facts

# By which field of the contact each way leads to them; consents and addresses go by the same names.
WAYS: dict[str, Channel] = {"chat": "chat", "sms": "phone", "email": "email"}


class SendMessage(Params):
    """`fallback` are the ways that are tried in their order where there is no chat, or it refuses for good.

    `subject` is that of an email. The chat goes through the bot that it is with; `sms_connection` and
    `email_connection` are the accounts of the other ways, empty means the only one. `advertising` goes only to who
    agreed to it; what is `important` counts for no frequency cap.
    """

    to: People = "contact"
    text: Text
    fallback: tuple[Literal["sms", "email"], ...] = Field((), max_length=2)
    subject: Text = ""
    sms_connection: str = ""
    email_connection: str = ""
    advertising: bool = False
    important: bool = False


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add the ways that lead to the client, in their order, and say which do not, and why."""
    params = dict(effects.params)
    accounts = {way: params.pop(f"{way}_connection", "") for way in ("sms", "email")}
    ways = dict.fromkeys(("chat", *params.pop("fallback", ())))
    advertising = is_advertising(params)
    found = {way: reached(WAYS[way], facts, advertising=advertising) for way in ways}
    routes: list[JsonObject] = []
    missing: list[JsonObject] = []
    for way, (address, why) in found.items():
        if address:
            routes.append({"channel": way, "address": address, "connection": accounts.get(way, "")})
        else:
            missing.append({"channel": way, "why": why, "before": len(routes)})
    seen = {f"contact.{WAYS[way]}": address or None for way, (address, _) in found.items()}
    return Effects(
        recipients=tuple(_reachable(one, routes, missing) for one in effects.recipients),
        params={**params, "routes": routes, "missing": missing},
        seen={**effects.seen, **seen},
    )


def reached(channel: Channel, facts: Facts, *, advertising: bool) -> tuple[str, str]:
    """Give the contact's address on a channel, or in words why there is none that may be used."""
    contact = facts.link("contact")
    if contact is None:
        return "", "the item has no contact"
    held = contact.fields.get(channel)
    address = held[0] if isinstance(held, list | tuple) and held else held
    if not address:
        return "", f"the contact has no {channel}"
    words = gone(contact, "contact") or unwilling(contact.fields, "contact", channel, advertising=advertising)
    return ("", words) if words else (str(address), "")


def _reachable(one: Recipient, routes: list[JsonObject], missing: list[JsonObject]) -> Recipient:
    words = "" if routes else ", ".join(dict.fromkeys(why["why"] for why in missing))
    return one.model_copy(update={"missing": words})


ACTION = Action(
    "send-message",
    "message",
    "chat",
    "irreversible",
    SendMessage,
    is_message=True,
    results=("channel", "tried"),
    finish=finish,
)
