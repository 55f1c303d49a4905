"""Records that are made here are those that Kafka and its client know."""

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch
from chassis.batches import OVERHEAD, ReadyBatch, batches
from chassis.records import Read, apart, read, record, together, varint
from hypothesis import given
from hypothesis import strategies as st

AT = 1_767_225_600_123
NAMES = st.text(st.characters(codec="utf-8"), max_size=80)
READS = st.builds(
    Read, st.binary(max_size=300), st.lists(st.tuples(NAMES, st.binary(max_size=99)), max_size=9), st.binary()
)


def written(one: Read) -> bytes:
    return record(one.key, one.headers, one.value)


@given(st.lists(READS, min_size=1, max_size=200))
def test_a_batch_is_what_the_client_itself_would_have_made(told: list[Read]) -> None:
    theirs = BatchBuilder(1 << 30, 0)
    for one in told:
        theirs.append(timestamp=AT, key=one.key, value=one.value, headers=one.headers)
    ours = ReadyBatch([written(one) for one in told], AT)
    for batch in (theirs, ours):
        batch._set_producer_state(77, 3, 12)
    assert bytes(ours._build()) == bytes(theirs._build())
    assert (ours.record_count(), ours.size()) == (theirs.record_count(), theirs.size())


def test_a_batch_without_a_producer_is_read_by_the_client() -> None:
    built = ReadyBatch([record(b"k", [("h", b"1")], b"v" * n) for n in range(3)], AT)._build()
    batch = DefaultRecordBatch(built)
    assert batch.validate_crc()
    assert [(r.offset, r.timestamp, r.key, r.value, r.headers) for r in batch] == [
        (n, AT, b"k", b"v" * n, [("h", b"1")]) for n in range(3)
    ]


@given(st.lists(READS, max_size=20))
def test_rows_of_the_outbox_give_back_their_records(told: list[Read]) -> None:
    assert [read(one) for one in apart(together([written(one) for one in told]))] == told


def test_batches_stay_below_the_size_and_keep_their_order() -> None:
    records = [record(b"k", [], b"v" * size) for size in (10, 600, 400, 1500, 10, 10)]
    made = list(batches(records, AT, largest=1000))
    assert [batch.record_count() for batch in made] == [2, 1, 1, 2]
    assert all(batch.size() <= 1000 for batch in made if batch.record_count() > 1)
    found = [r.value for batch in made for r in DefaultRecordBatch(batch._build())]
    assert found == [read(one).value for one in records]


def test_numbers_are_written_as_short_as_they_can_be() -> None:
    assert [varint(n) for n in (0, 63, 64, 8191, 8192)] == [
        b"\0", b"\x7e", b"\x80\x01", b"\xfe\x7f", b"\x80\x80\x01"
    ]  # fmt: skip
    assert OVERHEAD == 61
