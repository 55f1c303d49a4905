"""Third-party apps: what happens there, signed with the app's secret, and only what its manifest names."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from automation.app_signals import APP, CALLED, EVENT
from chassis.problems import Problem
from contracts.app_values import WrongValue, read_values
from contracts.apps import App
from contracts.data import JsonObject
from contracts.signals import Identity
from starlette.responses import JSONResponse, Response

from trigger_gateway.identities import IdentityUnreadable, read_identity
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.bodies import read_json
from trigger_gateway.sources.signatures import is_standard
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Told, not_signed, refuse_plainly
from trigger_gateway.timestamps import read_iso

LONGEST_ID = 200
KEYS = ("event", "id", "happened_at", "payload", "item", "phone", "email")
WHO = ("phone", "email")


def read(knock: Knock, setup: Setup) -> Told:
    """Verify the signature, then read."""
    if not is_standard(knock, setup.secrets):
        raise not_signed()
    return tell(knock, setup)


def tell(knock: Knock, setup: Setup) -> Told:
    """Read an event of the app: its payload by the manifest, and whom or which item it is about."""
    app = installed(setup)
    body = read_json(knock.body)
    if not isinstance(body, dict):
        raise Problem(422, "The body is no event", detail=f"Send an object with {', '.join(KEYS)}.")
    for key in body:
        if key not in KEYS:
            raise wrong(key, "nobody knows this key", f"use {', '.join(KEYS)}")
    event = text(body, "event")
    return Told(
        delivery=text(body, "id"),
        kind=CALLED,
        happened_at=moment(body),
        binding=item(body),
        identities=people(body, setup.portal.country),
        payload={**payload(app, event, body), APP: app.id, EVENT: event},
        content=msgspec.json.encode(body, order="sorted"),
    )


def installed(setup: Setup) -> App:
    """Give the app whose source it is; raises a 404 problem where it is not installed any more."""
    app = setup.apps.get(str(setup.source.settings.get(APP, "")))
    if app is None:
        raise Problem(404, "Nothing is here", detail="Check the address that the source was given.")
    return app


def payload(app: App, event: str, body: Mapping[str, Any]) -> JsonObject:
    """Read the payload as the manifest says; raises a 422 problem that names what is wrong."""
    described = app.trigger(event)
    if described is None:
        known = ", ".join(one.key for one in app.triggers) or "none"
        raise wrong("event", f"the manifest has no event {event!r}", f"it has {known}")
    given = body.get("payload", {})
    if not isinstance(given, dict):
        raise wrong("payload", "this is no object", "send the values by their keys")
    try:
        return read_values(described.payload, given)
    except WrongValue as error:
        raise wrong(f"payload.{error.key}", str(error), "send what the manifest says") from None


def text(body: Mapping[str, Any], key: str) -> str:
    """Give a text that must be there; raises a 422 problem."""
    value = body.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise wrong(key, "is missing, or too long", f"send a text of at most {LONGEST_ID} characters")
    return value


def moment(body: Mapping[str, Any]) -> datetime | None:
    """Give when it happened, None where the app does not say; raises a 422 problem."""
    value = body.get("happened_at")
    if value is None:
        return None
    at = read_iso(value) if isinstance(value, str) else None
    if at is None:
        raise wrong("happened_at", "this is no moment", "send it like '2026-12-31T10:00:00Z'")
    return at


def item(body: Mapping[str, Any]) -> UUID | None:
    """Give the item that it is about, None where the app does not say; raises a 422 problem."""
    value = body.get("item")
    try:
        return None if value is None else UUID(str(value))
    except ValueError:
        raise wrong("item", "is not an id", "send back the item of the call") from None


def people(body: Mapping[str, Any], country: str) -> tuple[Identity, ...]:
    """Give who it is about; raises a 422 problem for what is neither phone nor email."""
    found = []
    for kind in WHO:
        if body.get(kind) is not None:
            try:
                value = read_identity(kind, str(body[kind]), country)
            except IdentityUnreadable as error:
                raise wrong(kind, "cannot be read", str(error)) from None
            found.append(Identity.model_validate({"kind": kind, "value": value}))
    return tuple(found)


def wrong(field: str, problem: str, fix: str) -> Problem:
    """Give the answer that names one wrong place."""
    return Problem(422, "The event does not fit the manifest", field=field, detail=problem, fix=fix)


def answer(_: Knock, __: Setup, taken: Taken) -> Response:
    """Tell the app that it is kept; an id that stands for something else is refused."""
    if taken.outcome == "quarantined":
        return Problem(409, "This id was used before", detail="Another event came under it; use a new id.").response()
    return JSONResponse({"status": "received", "signal": str(taken.signal)})


SOURCE = SourceKind("app", read, answer, refuse_plainly, retell=tell)
