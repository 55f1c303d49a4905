"""A dead letter keeps what it was, says why it died, and goes back as it first came."""

from datetime import UTC, datetime

from aiokafka.structs import ConsumerRecord
from chassis.dead_letters import Buried, DeadLetter
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
