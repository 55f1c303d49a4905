"""CloudEvents 1.0 over HTTP: binary, structured and in batches.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec
from chassis.problems import Problem

from trigger_gateway.knocks import Knock
from trigger_gateway.sources.bodies import read_json
from trigger_gateway.timestamps import read_iso

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
PREFIX = "ce-"
REQUIRED = ("id", "source", "type")
MOST_TOGETHER = 100
ATTRIBUTE = re.compile(r"[a-z0-9]{1,40}")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
JSON = re.compile(r"[^/]+/(?:json|[^/]+\+json)")
Event = dict[str, Any]


def read_events(knock: Knock) -> list[tuple[Event, Knock]]:
    """Read the events of a request, each with what is kept of it; raises a problem that names what is wrong."""
    kind = knock.media_type
    if kind == BATCH:
        return [(checked(event, at=f"{n}."), alone(event, knock)) for n, event in enumerate(batch(knock.body))]
    if kind == STRUCTURED:
        return [(checked(read_json(knock.body)), knock)]
    if kind.startswith("application/cloudevents"):
        raise Problem(415, "This format of CloudEvents is not read", detail=f"Send {STRUCTURED} or {BATCH}.")
    if "ce-specversion" not in knock.headers:
        fix = f"send ce-specversion, ce-id, ce-source and ce-type, or {STRUCTURED}"
        raise Problem(400, "This is no CloudEvent", field="ce-specversion", detail="is missing", fix=fix)
    return [(checked(binary(knock), named=PREFIX), knock)]


def batch(body: bytes) -> list[Any]:
    """Read a batch; it may be empty."""
    events = read_json(body)
    if not isinstance(events, list):
        raise Problem(422, "This is no batch of CloudEvents", detail="Send a list of events.")
    if len(events) > MOST_TOGETHER:
        raise Problem(422, "The batch is too large", detail=f"A batch may have {MOST_TOGETHER} events.")
    return events


def alone(event: Any, knock: Knock) -> Knock:
    """Give one event of a batch as if it had come alone."""
    headers = {**knock.headers, "content-type": STRUCTURED}
    return replace(knock, body=msgspec.json.encode(event), headers=headers)


def binary(knock: Knock) -> Event:
    """Read an event whose attributes are headers; its data is the body."""
    event: Event = {
        name.removeprefix(PREFIX): header_text(name, value)
        for name, value in knock.headers.items()
        if name.startswith(PREFIX) and ATTRIBUTE.fullmatch(name.removeprefix(PREFIX))
    }
    if not is_json(knock):  # JSON is what data is unless somebody says so
        event["datacontenttype"] = knock.headers["content-type"]
    if knock.body:
        event["data"] = data(knock)
    return event


def is_json(knock: Knock) -> bool:
    """Say whether the data of a binary event is JSON, which it is where nothing is said."""
    return not knock.media_type or JSON.fullmatch(knock.media_type) is not None


def data(knock: Knock) -> Any:
    """Read the data of a binary event: JSON where it says so, else text."""
    if is_json(knock):
        return read_json(knock.body)
    try:
        return knock.body.decode().replace("\x00", "")
    except UnicodeDecodeError:
        raise Problem(415, "The data is neither JSON nor text", detail="Send JSON, or text in UTF-8.") from None


def header_text(name: str, value: str) -> str:
    """Read an attribute as headers carry it: perhaps quoted, and percent-encoded UTF-8."""
    quoted = QUOTED.fullmatch(value.strip())
    plain = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value
    try:
        return unquote(plain, errors="strict").replace("\x00", "")
    except UnicodeDecodeError:
        fix = "percent-encode it as UTF-8"
        raise Problem(400, "This is no CloudEvent", field=name, detail="is not UTF-8", fix=fix) from None


def checked(event: Any, *, at: str = "", named: str = "") -> Event:
    """Give an event that has what every event must have; raises a 422 problem that names what is missing."""
    if not isinstance(event, dict):
        raise wrong(at.rstrip(".") or "body", "is no object", "send one")
    if first := next(faults(event), None):
        name, problem, fix = first
        raise wrong(f"{at}{named}{name}", problem, fix)
    return event


def faults(event: Event) -> Iterator[tuple[str, str, str]]:
    """Find attributes that are not as they must be, each with what is wrong and what would do."""
    for name in REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            yield name, "is missing", "send a text that is not empty"
    if event.get("specversion") != "1.0":
        yield "specversion", "is not known here", "send '1.0'"
    if event.get("time") is not None and read_time(event) is None:
        yield "time", "is no moment", "write it like 2026-03-02T09:30:00Z"


def wrong(field: str, problem: str, fix: str) -> Problem:
    """Give the problem of one attribute."""
    return Problem(422, "This is no CloudEvent", field=field, detail=problem, fix=fix)


def read_time(event: Mapping[str, Any]) -> datetime | None:
    """Give the moment that an event tells, None where it tells none."""
    return read_iso(str(event.get("time", "")))
