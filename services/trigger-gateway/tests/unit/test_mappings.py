"""What a mapping finds in a request, what it notes, and by which id a delivery is known."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from chassis.problems import Problem
from contracts.config import Portal, Source
from hypothesis import given, settings
from hypothesis import strategies as st
from trigger_gateway.deliveries import digest
from trigger_gateway.knocks import Knock
from trigger_gateway.mapping import read_moment
from trigger_gateway.sources.source_kind import Setup, Told
from trigger_gateway.sources.webhook import hashed, plan, tell

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ITEM = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")
BODY = {
    "event": "order.paid",
    "created": 1_772_443_800,
    "order": {"id": 7, "total": "900.00", "lines": [{"sku": "oak", "n": 2}, {"sku": "elm", "n": 1}]},
    "customer": {"phone": "912 345 678", "email": "Ana@Example.com"},
    "meta": {"deal": str(ITEM)},
}
MAPPING = {
    "payload": {"total": "order.total", "skus": "order.lines[].sku", "agent": {"header": "User-Agent"}},
    "identities": {"phone": "customer.phone", "email": "customer.email"},
    "item": "meta.deal",
    "happened_at": "created",
    "kind": {"from": "event", "means": {"order.paid": "payment.received"}},
}


def setup(**more: Any) -> Setup:
    record = {"id": "shop", "kind": "webhook", "token": "t", **more}
    record["settings"] = {"check": "token", **more.get("settings", {})}
    record["secrets"] = {"a": "sealed"}
    source = Source.model_validate(record)
    return Setup(source, (), Portal(country="PT"), plan(source))


def told(body: Any = BODY, *, headers: dict[str, str] | None = None, by: Setup | None = None, **options: Any) -> Told:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = tell(Knock(raw, headers or {"user-agent": "shop/1"}, AT), by or setup(settings=options))
    assert isinstance(found, Told)
    return found


def test_all_that_is_mapped_is_found() -> None:
    found = told(mapping=MAPPING, delivery="order.id")
    assert (found.delivery, found.kind, found.binding) == ("7", "payment.received", ITEM)
    assert found.happened_at == AT
    assert [(i.kind, i.value) for i in found.identities] == [("phone", "+351912345678"), ("email", "ana@example.com")]
    assert found.payload == {"total": "900.00", "skus": ["oak", "elm"], "agent": "shop/1", "webhook": "shop"}
    assert found.notes == ()


def test_without_a_mapping_rules_read_the_whole_body() -> None:
    found = told()
    assert found.payload == {**BODY, "webhook": "shop"}
    assert (found.kind, found.happened_at, found.binding) == ("webhook.received", None, None)
    assert told([1, 2]).payload == {"body": [1, 2], "webhook": "shop"}


def test_a_word_that_means_nothing_wakes_nothing_and_is_noted() -> None:
    found = told({**BODY, "event": "order.viewed"}, mapping=MAPPING)
    assert found.kind == ""
    assert [note["field"] for note in found.notes] == ["settings.mapping.kind.means"]


def test_what_is_not_there_or_cannot_be_read_is_left_out_and_noted_with_its_path() -> None:
    wrong = {"customer": {"phone": "call me"}, "meta": {"deal": "7"}, "created": "yesterday", "event": "order.paid"}
    found = told(wrong, mapping=MAPPING)
    assert (found.identities, found.binding, found.happened_at) == ((), None, None)
    assert {note["field"].removeprefix("settings.mapping.") for note in found.notes} == {
        "payload.total",
        "payload.skus",
        "identities.phone",
        "identities.email",
        "item",
        "happened_at",
    }
    assert all(note["fix"] for note in found.notes)


def test_a_function_that_does_not_fit_the_value_is_noted_not_raised() -> None:
    [note] = told(mapping={"payload": {"n": "length(created)"}}).notes
    assert note["field"] == "settings.mapping.payload.n"


def test_required_fields_that_are_missing_are_all_named() -> None:
    by = setup(required=["total", "wish"], settings={"mapping": {"payload": {"total": "order.sum", "wish": "wish"}}})
    with pytest.raises(Problem) as raised:
        told(by=by)
    assert [error["field"] for error in raised.value.errors] == ["total", "wish"]


def test_by_which_id_a_delivery_is_known() -> None:
    raw = json.dumps(BODY).encode()
    assert told(delivery={"header": "X-GitHub-Delivery"}, headers={"x-github-delivery": "d-1"}).delivery == "d-1"
    assert told(check="standard", headers={"webhook-id": "msg_1"}).delivery == "msg_1"
    assert told().delivery == hashed(raw) == told().delivery
    assert told(without_id="new").delivery != told(without_id="new").delivery
    assert told(delivery="order.sku || order.id").delivery == "7"
    long = told({"id": "x" * 400}, delivery="id").delivery
    assert long == hashed(b"x" * 400)


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": None}, {"id": {}}, {"id": True}, {"id": []}])
def test_an_id_that_should_be_there_and_is_not_is_asked_for(body: dict[str, Any]) -> None:
    with pytest.raises(Problem) as raised:
        told(body, delivery="id")
    assert (raised.value.status, raised.value.errors[0]["field"]) == (422, "id")


def test_the_mapping_has_no_part_in_what_tells_a_repeat_from_something_else() -> None:
    assert digest(told(mapping={"payload": {"a": "event"}})) == digest(told(mapping={"payload": {"b": "order"}}))
    assert digest(told()) == digest(told(json.dumps(BODY, indent=3).encode()))
    assert digest(told()) != digest(told({**BODY, "event": "order.lost"}))


def test_a_header_that_is_mapped_has_a_part_in_it() -> None:
    mapping = {"kind": {"from": {"header": "X-Event"}, "means": {"a": "visit", "b": "visit"}}}
    first, second = (told(mapping=mapping, headers={"x-event": word}) for word in "ab")
    assert digest(first) != digest(second)


def test_a_form_is_read_as_well() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert told(b"name=Ana&wish=oak", headers=form).payload == {"name": "Ana", "wish": "oak", "webhook": "shop"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[" * 100_000 + b"]" * 100_000, "application/json", 400),
        (b"[" * 65 + b"]" * 65, "application/json", 400),
        (b"9" * 100_000, "application/json", 400),
        (b'{"a": "\\ud800"}', "application/json", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"a=%00", "application/x-www-form-urlencoded", 400),
        (b"a&" * 300, "application/x-www-form-urlencoded", 400),
        (b"--x--", "multipart/form-data; boundary=x", 415),
    ],
)
def test_what_cannot_be_read_is_a_clear_refusal(body: bytes, kind: str, status: int) -> None:
    with pytest.raises(Problem) as raised:
        told(body, headers={"content-type": kind})
    assert raised.value.status == status


def test_what_no_database_takes_does_not_get_in() -> None:
    found = told(b'{"a\\u0000": "b\\u0000c", "n": 123456789012345678901234567890}')
    assert found.payload == {"a": "bc", "n": 123456789012345678901234567890, "webhook": "shop"}


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-02T09:30:00Z", AT),
        ("2026-03-02T11:30:00+02:00", AT),
        (1_772_443_800, AT),
        (1_772_443_800_000, AT),
        ("1772443800", AT),
        ("1772443800.0", AT),
        ("2026-03-02T09:30:00", None),
        ("", None),
        (True, None),
        (-1, None),
        (1e300, None),
        ([], None),
        ({}, None),
    ],
)
def test_moments_are_read_as_senders_write_them(written: Any, moment: datetime | None) -> None:
    assert read_moment(written) == moment


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(body=JSON, places=st.dictionaries(st.sampled_from(["order", "meta", "customer"]), JSON, max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_a_body_holds_a_mapping_finds_or_notes(body: Any, places: dict[str, Any]) -> None:
    whole = {**body, **places} if isinstance(body, dict) else places or body
    found = told(whole, mapping=MAPPING)
    assert digest(found)
    assert found.kind in ("", "payment.received")
