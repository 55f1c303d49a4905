"""The envelope travels as headers, whole."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from contracts.envelope import Cause, Envelope, EnvelopeUnreadable

EVENT = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e01")
ROOT = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e02")
PERSON = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e03")
ENVELOPE = Envelope(
    id=EVENT,
    type="crm.item.changed.v1",
    source="/crm-api",
    subject="deal/1",
    time=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    cause=Cause(ROOT, ROOT, hops=2, actor="user:mara", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01"),
    persons=(PERSON,),
    identities=("aa", "bb"),
)


def test_what_is_written_is_read_back() -> None:
    assert Envelope.read(ENVELOPE.headers()) == ENVELOPE


def test_the_headers_are_those_of_the_kafka_binding() -> None:
    headers = dict(ENVELOPE.headers())
    assert headers["content-type"] == b"application/json"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"crm.item.changed.v1"
    assert headers["ce_correlationid"] == str(ROOT).encode()
    assert headers["ce_hops"] == b"2"
    assert headers["traceparent"].startswith(b"00-")


def test_what_follows_names_its_direct_and_its_root_cause() -> None:
    cause = ENVELOPE.follow(actor="service:rule-scheduler")
    assert (cause.correlation, cause.causation, cause.actor) == (ROOT, EVENT, "service:rule-scheduler")
    assert cause.hops == 2
    assert cause.hop().hops == 3


@pytest.mark.parametrize(
    ("drop", "told"),
    [("ce_id", "header ce_id is missing"), ("ce_correlationid", "header ce_correlationid is missing")],
)
def test_a_missing_header_is_named(drop: str, told: str) -> None:
    with pytest.raises(EnvelopeUnreadable, match=told):
        Envelope.read([(name, value) for name, value in ENVELOPE.headers() if name != drop])


@pytest.mark.parametrize(("name", "value"), [("ce_id", b"seven"), ("ce_hops", b"many"), ("ce_time", b"\xff\xfe")])
def test_a_header_that_cannot_be_read_is_told(name: str, value: bytes) -> None:
    headers = [(n, value if n == name else v) for n, v in ENVELOPE.headers()]
    with pytest.raises(EnvelopeUnreadable, match="cannot be read"):
        Envelope.read(headers)


def test_a_header_of_ours_without_a_value_is_missing_and_one_of_others_is_nothing() -> None:
    headers: list[tuple[str, bytes | None]] = [("x-proxy", None), *ENVELOPE.headers()]
    assert Envelope.read(headers) == ENVELOPE
    without = [(name, None if name == "ce_subject" else value) for name, value in headers]
    with pytest.raises(EnvelopeUnreadable, match="header ce_subject is missing"):
        Envelope.read(without)


def test_what_is_empty_is_not_written_and_reads_as_nothing() -> None:
    bare = replace(ENVELOPE, cause=Cause(ROOT, EVENT), persons=(), identities=())
    assert {"traceparent", "ce_persons", "ce_identities"}.isdisjoint(dict(bare.headers()))
    assert dict(bare.headers())["ce_causationid"] == str(EVENT).encode()
    assert Envelope.read(bare.headers()) == bare


def test_several_persons_travel_in_their_order() -> None:
    several = replace(ENVELOPE, persons=(PERSON, EVENT, ROOT), identities=("b", "a"))
    assert Envelope.read(several.headers()) == several


def test_who_acts_next_is_who_acted_unless_another_is_named() -> None:
    assert ENVELOPE.follow().actor == "user:mara"
    assert ENVELOPE.follow().traceparent == ENVELOPE.cause.traceparent
    named = ENVELOPE.cause.by("system")
    assert (named.actor, named.hops, named.correlation) == ("system", 2, ROOT)
