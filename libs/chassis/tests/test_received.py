"""What a record must be to be read, and what is said of one that is not; only what a reader takes is looked into."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka.structs import ConsumerRecord
from chassis.received import Reads, Unreadable, read
from contracts.envelope import Cause, Envelope
from contracts.items import ItemChanged, RelayProgress

ID = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e01")
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
READS = Reads.of((RelayProgress,), (ItemChanged,))
PROGRESS = b'{"published_until": "2026-03-02T09:30:00Z"}'
Headers = list[tuple[str, bytes | None]]


def headers(type_: str = RelayProgress.TYPE, **changed: bytes | None) -> Headers:
    written = Envelope(ID, type_, "/crm-api", "", AT, Cause(ID, ID)).headers()
    return [(name, changed.get(name, value)) for name, value in written]


def record(value: bytes | None = PROGRESS, *, key: bytes | None = b"k", told: Headers | None = None) -> Any:
    given: Any = tuple(headers() if told is None else told)
    return ConsumerRecord("shop.crm.items", 2, 41, 0, 0, key, value, None, 1, 2, given)


def test_a_record_says_where_it_came_from_without_the_prefix() -> None:
    received = read(record(), READS, "shop.")
    assert received is not None
    assert (received.topic, received.partition, received.offset, received.key) == ("crm.items", 2, 41, "k")
    assert received.data == RelayProgress(published_until=AT)
    assert received.envelope.id == ID


@pytest.mark.parametrize(("key", "told"), [(None, ""), (b"\xff", "\ufffd"), ("é".encode(), "é")])
def test_a_key_is_no_reason_to_refuse_a_record(key: bytes | None, told: str) -> None:
    received = read(record(key=key), READS, "")
    assert received is not None
    assert received.key == told


@pytest.mark.parametrize("value", [b"{broken", b"", None])
def test_what_is_ignored_is_not_looked_into(value: bytes | None) -> None:
    assert read(record(value, told=headers(ItemChanged.TYPE)), READS, "") is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "crm.relay.progress.v1: the value: Invalid JSON"),
        (b"[]", "crm.relay.progress.v1: the value: Input should be"),
        (b"{}", "crm.relay.progress.v1: published_until: Field required"),
        (b'{"published_until": "soon"}', "crm.relay.progress.v1: published_until: Input should be a valid datetime"),
        (b'{"published_until": "\\ud800"}', "crm.relay.progress.v1: the value: Invalid JSON"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_by_its_type_and_place(value: bytes | None, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(record(value), READS, "")
    assert str(refused.value).startswith(reason)


def test_a_place_deep_inside_is_named_by_its_whole_path() -> None:
    item = f'{{"id":"{ID}","type":"deal","version":1,"entered_at":"{AT.isoformat()}","created_at":"{AT.isoformat()}",'
    value = f'{{"config":1,"item":{item}"links":[{{"role":"contact","type":"contact","id":"?"}}]}}}}'
    with pytest.raises(Unreadable, match=r"^crm\.item\.changed\.v1: item\.links\.0\.id: Input should be a valid UUID"):
        read(record(value.encode(), told=headers(ItemChanged.TYPE)), Reads.of((ItemChanged,)), "")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([], "header ce_correlationid is missing"),
        (headers(ce_id=None), "header ce_id is missing"),
        (headers(ce_type=None), "header ce_type is missing"),
        (headers(ce_hops=b"1.5"), "a header cannot be read"),
        (headers("crm.item.exploded.v1"), "type 'crm.item.exploded.v1' is not one that this reader knows"),
    ],
)
def test_headers_that_are_not_ours_are_told(told: Headers, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(record(told=told), READS, "")
    assert str(refused.value).startswith(reason)


def test_headers_of_others_without_a_value_are_passed_over() -> None:
    told: Headers = [("x-forwarded-by", None), *headers(traceparent=None)]
    received = read(record(told=told), READS, "")
    assert received is not None
    assert received.envelope.cause.traceparent == ""
