"""Webhooks of any sender: checked as set, read as JSON, a form or CloudEvents, mapped as a person wrote it."""

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
from automation.incoming_webhooks import mapped_places, read_settings
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.config import Source
from contracts.webhooks import Header, Place, WebhookSettings
from starlette.responses import JSONResponse, Response

from trigger_gateway.identities import known_by
from trigger_gateway.knocks import Knock
from trigger_gateway.mapping import Find, Mapped, NotFound, finder, written
from trigger_gateway.sources.bodies import read_json
from trigger_gateway.sources.cloudevents import read_events, read_time
from trigger_gateway.sources.form import URLENCODED, read_fields
from trigger_gateway.sources.signatures import is_hmac, is_standard
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Telling, Told, not_signed, refuse_plainly

KIND = "webhook.received"
LONGEST_ID = 300
RECEIVED = JSONResponse({"received": True})  # one for all: nothing in it is of a request
READ_AS_JSON = frozenset({"", "application/json", "text/json", "text/plain"})


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a source, read once; `headers` are those in which something is found."""

    settings: WebhookSettings
    mapped: Mapped
    delivery: Find | None
    headers: tuple[str, ...]


def plan(source: Source) -> Plan:
    """Read the settings of a source; raises `DocumentError`, which names the field."""
    settings = read_settings(source)
    headers = {place.header.lower() for _, place in mapped_places(settings.mapping) if isinstance(place, Header)}
    return Plan(
        settings,
        Mapped(settings.mapping, source.signals or KIND),
        finder(settings.delivery) if settings.delivery else None,
        tuple(sorted(headers)),
    )


def read(knock: Knock, setup: Setup) -> Telling:
    """Check as the settings say, then read."""
    settings = setup.plan.settings
    if settings.check == "standard" and not is_standard(knock, setup.secrets):
        raise not_signed()
    if settings.check == "hmac" and not (
        settings.hmac and is_hmac(settings.hmac, knock.headers, knock.body, setup.secrets)
    ):
        raise not_signed()
    return tell(knock, setup)


def tell(knock: Knock, setup: Setup) -> Telling:
    """Read what was checked: one delivery, or several CloudEvents."""
    if not setup.plan.settings.cloudevents:
        body = read_body(knock)
        return told(knock, setup, body, own_id(knock, setup, body))
    events = read_events(knock)
    return tuple(
        told(came, setup, event, own_id(came, setup, event, named=f"{event['source']} {event['id']}"))
        for event, came in events
    )


def read_body(knock: Knock) -> Any:
    """Read the body by its type."""
    kind = knock.media_type
    if kind in READ_AS_JSON or kind.endswith("+json"):
        return read_json(knock.body)
    if kind == URLENCODED:
        return read_fields(knock.body)
    raise Problem(415, "The body is neither JSON nor a form", detail=f"Send application/json or {URLENCODED}.")


def told(knock: Knock, setup: Setup, body: Any, delivery: str) -> Told:
    """Give what a body tells under an id; raises a 422 problem that names required fields that are missing."""
    source, country, by = setup.source, setup.portal.country, setup.plan
    found = by.mapped.find(body, knock.headers, country)
    missing = [name for name in source.required if found.payload.get(name) in (None, "")]
    if missing:
        raise incomplete(missing)
    found.payload["webhook"] = source.id
    return Told(
        delivery=delivery,
        kind=found.kind,
        happened_at=found.happened_at or (read_time(body) if by.settings.cloudevents else None),
        binding=found.item,
        identities=found.identities or known_by(source, found.payload, country),
        payload=found.payload,
        content=msgspec.json.encode([body, [knock.headers.get(name) for name in by.headers]], order="sorted"),
        came=knock,
        notes=found.notes,
    )


def own_id(knock: Knock, setup: Setup, body: Any, *, named: str = "") -> str:
    """Give the sender's id of a delivery; of a sender that gives none, what the settings say."""
    settings: WebhookSettings = setup.plan.settings
    if setup.plan.delivery is not None and settings.delivery:
        return short(found_id(setup.plan.delivery, knock, body, settings.delivery))
    if not named and settings.check == "standard":
        named = knock.headers.get("webhook-id", "")
    if named:
        return short(named)
    return str(new_id()) if settings.without_id == "new" else hashed(knock.body)


def found_id(find: Find, knock: Knock, body: Any, place: Place) -> str:
    """Find the id where the settings say that it is; raises a 422 problem where it is not."""
    try:
        value = find(body, knock.headers)
    except NotFound:
        value = None
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    fix = "send the id of the delivery there"
    raise Problem(422, "The delivery has no id", field=written(place), detail="is missing", fix=fix)


def short(id_: str) -> str:
    """Give an id as it is kept: a very long one by its hash."""
    return id_ if len(id_) <= LONGEST_ID else hashed(id_.encode())


def hashed(content: bytes) -> str:
    """Give an id that follows from a content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def incomplete(missing: list[str]) -> Problem:
    """Give the problem that names all missing fields at once."""
    problem = Problem(422, "The delivery is not complete")
    problem.errors = [
        {"field": name, "problem": "is missing", "fix": "send it, or correct its path"} for name in missing
    ]
    return problem


def answer(_: Knock, __: Setup, ___: Taken) -> Response:
    """Answer 200 to all that is kept: anything else means *send it again*."""
    return RECEIVED


SOURCE = SourceKind("webhook", read, answer, refuse_plainly, retell=tell, plan=plan)
