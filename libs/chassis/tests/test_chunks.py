"""Messages of one transaction share rows of the outbox, each place in its order, and batches on their way."""

from collections import defaultdict

from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.util import encode_varint
from chassis.batches import batches
from chassis.database import together
from chassis.outbox import FULL_CHUNK, Ready, chunked, written
from chassis.records import apart, read, record, varint
from hypothesis import example, given, settings
from hypothesis import strategies as st

SIZES = st.integers(0, 60) | st.integers(FULL_CHUNK // 3 - 40, FULL_CHUNK // 3 + 40) | st.just(3 * FULL_CHUNK)
READY = st.lists(st.tuples(st.sampled_from(("crm.items", "crm.commands")), st.integers(0, 1), SIZES), max_size=40)


@settings(max_examples=60, deadline=None)
@given(READY)
@example([("crm.items", 0, 2629)] * 3)
def test_each_place_gets_all_of_its_records_in_their_order(told: list[tuple[str, int, int]]) -> None:
    ready = [Ready(topic, bucket, b"%03d" % n + b"x" * size) for n, (topic, bucket, size) in enumerate(told)]
    wanted: dict[tuple[str, int], list[bytes]] = defaultdict(list)
    for one in ready:
        wanted[one.topic, one.partition].append(one.record)
    found: dict[tuple[str, int], list[bytes]] = defaultdict(list)
    for bucket, topic, count, body in chunked(ready):
        records = list(apart(body))
        assert len(records) == count > 0
        assert len(body) <= FULL_CHUNK or count == 1
        found[topic, bucket] += records
    assert found == wanted


def test_a_transaction_that_says_nothing_writes_nothing() -> None:
    assert list(written([])) == []


def test_what_is_written_travels_as_columns_of_equal_length() -> None:
    ready = [Ready("crm.items", 1, b"a"), Ready("crm.commands", 0, b"b"), Ready("crm.items", 1, b"c")]
    [(_, columns)] = written(ready)
    buckets, names, counts, bodies = columns
    assert (buckets, names.split("\x01"), counts) == ((1, 0), ["crm.items", "crm.commands"], (2, 1))
    assert [list(apart(body)) for body in bodies] == [[b"a", b"c"], [b"b"]]


def test_parameters_beyond_the_ninth_keep_their_numbers_apart() -> None:
    many = "SELECT " + ", ".join(f"${n}" for n in range(1, 12))
    statement, values = together([(many, tuple(range(1, 12))), ("DELETE FROM a WHERE b = $1 OR c = $2", (12, 13))])
    assert statement == f"WITH w0 AS ({many}) DELETE FROM a WHERE b = $12 OR c = $13"
    assert values == tuple(range(1, 14))
    statement, _ = together([("DELETE FROM a WHERE b = $1", (0,)), (many, values[:11])])
    assert statement.endswith(", ".join(f"${n}" for n in range(2, 13)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_a_number_is_written_as_kafkas_client_writes_it(number: int) -> None:
    theirs = bytearray()
    encode_varint(number, theirs.append)
    assert varint(number) == bytes(theirs)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=200), st.integers(100, 2000))
def test_a_batch_is_never_too_large_and_none_is_empty(sizes: list[int], largest: int) -> None:
    records = [record(b"", [], b"v" * size) for size in sizes]
    made = list(batches(records, 1_767_225_600_123, largest))
    assert all(batch.record_count() == 1 or batch.size() <= largest for batch in made)
    assert all(batch.record_count() >= 1 for batch in made)
    read_back = [one for batch in made for one in DefaultRecordBatch(bytes(batch._build()))]
    assert [len(one.value) for one in read_back] == sizes
    assert all(len(batch._build()) == batch.size() for batch in made)


def test_neighbours_are_together_where_there_is_room_for_them() -> None:
    records = [record(b"k", [], b"v") for _ in range(100)]
    assert [batch.record_count() for batch in batches(records, 0, largest=1 << 20)] == [100]
    assert read(records[0]).value == b"v"
