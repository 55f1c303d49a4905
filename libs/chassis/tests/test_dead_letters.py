"""A dead letter keeps what it was, says why it died, and goes back as it first came."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord
from chassis.dead_letters import Buried, DeadLetter, FloodGate
from chassis.errors import Fatal
from chassis.kafka import partitions, standing
from chassis.outbox import Parcel
from chassis.testing import Deployment
from contracts import topics
from contracts.envelope import Headers

GROUP = "rule-scheduler.consume"
HEADERS: Headers = [("ce_id", b"7"), ("binary", b"\xff\x00")]


def record(topic: str, partition: int, headers: Headers, *, offset: int = 41) -> ConsumerRecord:
    return ConsumerRecord(topic, partition, offset, 1_772_443_800_000, 0, b"k", b"\x00{", None, 1, 2, tuple(headers))


def buried(headers: Headers) -> Buried:
    parcel = DeadLetter(record("t1.crm.items", 1, headers), "Unreadable", "no \u00e9", 3).parcel(GROUP, "t1.")
    assert parcel.topic == topics.dead_letters(GROUP)
    return Buried.read(record(parcel.topic, 0, parcel.headers, offset=5))


def test_a_letter_says_where_why_and_when() -> None:
    letter = buried(HEADERS)
    assert (letter.topic, letter.partition, letter.place, letter.offset) == ("crm.items", 1, 41, 5)
    assert (letter.error, letter.reason, letter.attempts) == ("Unreadable", "no \u00e9", 3)
    assert letter.died_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_letter_goes_back_with_its_own_key_headers_and_bytes() -> None:
    assert buried(HEADERS).again() == Parcel("crm.items", 1, b"k", [*HEADERS, ("dead-redrives", b"1")], b"\x00{")


def test_each_way_back_is_counted_though_the_letter_dies_again() -> None:
    again = buried(buried(HEADERS).again().headers)
    assert again.redrives == 1
    assert again.again().headers == [*HEADERS, ("dead-redrives", b"2")]


def test_a_record_that_is_no_letter_says_nothing_of_itself() -> None:
    letter = Buried.read(record("x.dead", 0, HEADERS))
    assert (letter.topic, letter.partition, letter.error, letter.redrives) == ("", -1, "", 0)


async def test_all_that_stands_in_a_topic_is_read_without_a_group(deployment: Deployment) -> None:
    await deployment.topics(topics.ITEMS)
    assert await standing(deployment.kafka, "crm.items", 2) == []
    await deployment.put(("crm.items", n % 2, b"k", HEADERS, b"%d" % n) for n in range(40))
    found = await standing(deployment.kafka, "crm.items", 2)
    assert [int(r.value) for r in found if r.partition == 1] == list(range(1, 40, 2))
    assert len(found) == 40
    assert (await partitions(deployment.kafka))[deployment.kafka.named("crm.items")] == 2


def test_a_record_with_headers_that_have_no_value_can_be_buried_and_dug_out() -> None:
    without: Any = [("ce_id", None), ("dead-redrives", None), ("ce_type", b"t")]
    parcel = DeadLetter(record("crm.items", 1, without), "Unreadable", "no").parcel(GROUP, "")
    assert parcel.ready().record, "it can be written"
    letter = buried(without)
    assert (letter.headers, letter.redrives) == ([("ce_id", b""), ("ce_type", b"t")], 0)


@pytest.mark.parametrize("written", [b"many", b"", b"-7", b"\xff", b"1.5", b"9" * 30])
def test_a_number_that_is_none_is_as_if_the_letter_did_not_say_it(written: bytes) -> None:
    names = ("dead-partition", "dead-offset", "dead-attempts", "dead-redrives")
    letter = Buried.read(record("x.dead", 0, [(name, written) for name in names]))
    assert (letter.partition, letter.place, letter.attempts, letter.redrives) == (-1, -1, -1, 0)


def test_a_long_reason_is_cut_so_that_the_letter_stays_small() -> None:
    headers = dict(DeadLetter(record("crm.items", 1, []), "Unreadable", "é" * 2000).parcel(GROUP, "").headers)
    assert headers["dead-reason"].decode() == "é" * 512


def test_a_record_that_dies_again_elsewhere_says_where_it_died_last() -> None:
    again = ConsumerRecord(
        "crm.orders", 3, 7, 0, 0, None, None, None, -1, -1, tuple(buried([("dead-group", b"x")]).again().headers)
    )
    letter = DeadLetter(again, "Rejected", "no").parcel("crm-api.consume", "")
    headers = [name for name, _ in letter.headers]
    assert len(headers) == len(set(headers))
    assert dict(letter.headers)["dead-topic"] == b"crm.orders"
    assert (letter.key, letter.value) == (b"", b"")


def test_dead_letters_are_counted_among_the_last_thousand_records_only() -> None:
    gate = FloodGate(3)
    for _ in range(5):
        gate.count(1000, 0)
        gate.count(0, 3)
    with pytest.raises(Fatal, match="more than 3 dead letters among the last 1000 records"):
        gate.count(996, 1)
