"""add-to-audience: the contact's email and phone to an audience of an ad platform; the worker hashes them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from contracts.actions import Recipient
from contracts.config import Connection
from contracts.data import JsonObject

from automation.actions.action import Action, Effects, Params, People
from automation.documents import DocumentError, one_of
from automation.facts import EMPTY, Facts

REACH = ("email", "phone")
SETTINGS = frozenset({"consent", "client"})
# The ad platforms, and which of the further settings each understands.
PLATFORMS: dict[str, frozenset[str]] = {
    "meta": frozenset(),
    "google": frozenset({"consent"}),
    "vk": frozenset({"client"}),
    "yandex": frozenset(),
}


class PlatformParams(Params):
    """`connection` is the ad platform's account, `audience` the id that an audience has there, made beforehand.

    `consent` is the contact's to being advertised to, as Google asks for it; `client` is the agency's client, at VK.
    """

    connection: str
    audience: str
    consent: Literal["granted", "denied"] | None = None
    client: str | None = None


class AddToAudience(PlatformParams):
    """`remove_when` says what takes the contact out again."""

    to: People = "contact"
    remove_when: Literal["leave", "success", "failure"] | None = None


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add the two things that may leave the system, and name each effect by audience and contact."""
    values = {name: facts.get(f"contact.{name}") for name in REACH}
    known: JsonObject = {name: value for name, value in values.items() if value is not EMPTY}
    missing = "" if known else "the contact has neither email nor phone"
    named = tuple(_named(one, effects.params["audience"], missing) for one in effects.recipients)
    seen = {f"contact.{name}": known.get(name) for name in REACH}
    written = {name: value for name, value in effects.params.items() if name not in SETTINGS or value is not None}
    return replace(effects, recipients=named, params={**written, **known}, seen={**effects.seen, **seen})


def wrong_platform(connection: Connection | None, written: JsonObject) -> Iterator[DocumentError]:
    """Find that an account is at no ad platform, or that its platform does not understand a setting."""
    if connection is None:
        return
    understood = PLATFORMS.get(connection.provider)
    if understood is None:
        fix = one_of(PLATFORMS)
        yield DocumentError("connection", f"{connection.id!r} is an account at {connection.provider}", fix)
        return
    for name in sorted(SETTINGS - understood):
        if written.get(name) is not None:
            yield DocumentError(name, f"{connection.provider} has no setting {name!r}", "take it out")


def _named(recipient: Recipient, audience: str, missing: str) -> Recipient:
    whom = f"audience:{audience}:{recipient.contact or 'nobody'}"
    return recipient.model_copy(update={"whom": whom, "missing": recipient.missing or missing})


ACTION = Action("add-to-audience", "ad-audience", "audience", "compensable", AddToAudience, finish=finish)
