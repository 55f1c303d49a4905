"""CloudEvents as their own library writes them, read with our checks first."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.problems import Problem
from cloudevents.v1.conversion import to_binary, to_structured
from cloudevents.v1.http import CloudEvent
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.cloudevents import BATCH, STRUCTURED, read_events

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ATTRIBUTES = {
    "id": "e-1",
    "source": "/shop/orders",
    "type": "order.placed",
    "time": "2026-03-02T09:00:00Z",
    "subject": "7",
    "region": "north",
}
DATA = {"total": 900, "wish": "Eiche & 安"}


def came(headers: Any, body: bytes | None) -> Knock:
    return Knock(body or b"", {name.lower(): value for name, value in dict(headers).items()}, AT)


def one(knock: Knock) -> dict[str, Any]:
    [(event, _)] = read_events(knock)
    return event


def refused(knock: Knock) -> Problem:
    with pytest.raises(Problem) as raised:
        read_events(knock)
    return raised.value


def test_both_modes_of_the_vendors_library_tell_the_same() -> None:
    event = CloudEvent({**ATTRIBUTES, "datacontenttype": "application/json"}, DATA)
    for headers, body in (to_binary(event), to_structured(event)):
        read = one(came(headers, body))
        assert {name: read[name] for name in ATTRIBUTES} == ATTRIBUTES
        assert read["data"] == DATA


def test_attributes_in_headers_are_percent_encoded_and_perhaps_quoted() -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "a%20b%25",
        "ce-source": '"/s\\"x"',
        "ce-type": "t",
        "ce-x": "%E5%AE%89",
    }
    event = one(came(headers, b""))
    assert (event["id"], event["source"], event["x"]) == ("a b%", '/s"x', "安")
    assert "data" not in event
    assert refused(came({**headers, "ce-subject": "%ff"}, b"")).errors[0]["field"] == "ce-subject"


def test_data_that_is_no_json_stays_text() -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "content-type": "text/plain"}
    assert one(came(headers, "Olá".encode()))["data"] == "Olá"
    assert refused(came(headers, b"\xff")).status == 415


@pytest.mark.parametrize("missing", ["id", "source", "type", "specversion"])
def test_what_every_event_must_have_is_asked_for_by_name(missing: str) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}
    binary = {f"ce-{name}": value for name, value in event.items() if name != missing}
    problem = refused(came(binary, b"{}"))
    assert problem.errors[0]["field"] == f"ce-{missing}"
    del event[missing]
    structured = refused(came({"content-type": STRUCTURED}, json.dumps(event).encode()))
    assert (structured.status, structured.errors[0]["field"]) == (422, missing)
    second = [{"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}, event]
    batch = refused(came({"content-type": BATCH}, json.dumps(second).encode()))
    assert batch.errors[0]["field"] == f"1.{missing}"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"id": ""}, "id"), ({"id": 7}, "id"), ({"specversion": "0.3"}, "specversion"), ({"time": "yesterday"}, "time")],
)
def test_a_wrong_attribute_is_named(change: dict[str, Any], field: str) -> None:
    body = json.dumps({"specversion": "1.0", "id": "1", "source": "/s", "type": "t"} | change).encode()
    assert refused(came({"content-type": STRUCTURED}, body)).errors[0]["field"] == field


def test_a_batch_is_several_events_each_kept_as_if_it_had_come_alone() -> None:
    events = [{"specversion": "1.0", "id": str(n), "source": "/s", "type": "t", "data": n} for n in range(3)]
    read = read_events(came({"content-type": f"{BATCH}; charset=utf-8"}, json.dumps(events).encode()))
    assert [event["data"] for event, _ in read] == [0, 1, 2]
    assert [one(kept) for _, kept in read] == [event for event, _ in read]
    assert read_events(came({"content-type": BATCH}, b"[]")) == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (BATCH, b"{}", 422),
        (BATCH, b"[7]", 422),
        (BATCH, b"[" + b"{}," * 100 + b"{}]", 422),
        (STRUCTURED, b"[]", 422),
        (STRUCTURED, b"{", 400),
        ("application/cloudevents+avro", b"", 415),
        ("application/json", b"{}", 400),
    ],
)
def test_what_is_no_event_is_refused(kind: str, body: bytes, status: int) -> None:
    assert refused(came({"content-type": kind}, body)).status == status
