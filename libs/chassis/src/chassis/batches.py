"""Batches of records that are ready, for a producer of `aiokafka`, which would make each record once more.

Source: Kafka's protocol guide, *Record Batch*.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from google_crc32c import extend

from chassis.records import varint

MAGIC = 2
# Base offset, length, epoch of the leader, magic and checksum; what the checksum is over comes behind them.
HEAD = struct.Struct(">qiibI")
# Attributes, last offset, first and largest timestamp, producer with its epoch and sequence, count of records.
CHECKED = struct.Struct(">hiqqqhii")
OVERHEAD = HEAD.size + CHECKED.size
# The length of a batch counts what follows it.
COUNTED_FROM = 12
# What is before a record's own bytes at the most: its length, attributes, time and offset.
WIDEST_PLACE = 12
NO_PRODUCER = -1, -1, -1


@lru_cache(1 << 14)
def place(offset: int) -> bytes:
    """Write what of a record depends on its place: no attributes, the batch's own time, its offset."""
    return b"\0\0" + varint(offset)


class ReadyBatch:
    """A batch of records that are ready; `at` is the moment in milliseconds.

    It answers all that `aiokafka` asks of a `BatchBuilder` that is closed, by the same names.
    """

    def __init__(self, records: Sequence[bytes], at: int) -> None:
        self._count = len(records)
        pieces: list[bytes] = []
        for offset, one in enumerate(records):
            placed = place(offset)
            pieces += (varint(len(placed) + len(one)), placed, one)
        self._records = b"".join(pieces)
        self._at = at
        self._producer = NO_PRODUCER
        self._built: bytes | None = None

    def append(self, **_: object) -> None:
        """Take nothing more."""

    def close(self) -> None:
        """Stay as it is."""

    def closed(self) -> bool:
        """Say that it takes nothing more."""
        return True

    def size(self) -> int:
        """Give its size in bytes."""
        return OVERHEAD + len(self._records)

    def record_count(self) -> int:
        """Give how many records it has."""
        return self._count

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = producer_id, producer_epoch, base_sequence

    def _build(self) -> bytes:
        if self._built is None:
            last = self._count - 1
            checked = CHECKED.pack(0, last, self._at, self._at, *self._producer, self._count)
            checksum = extend(extend(0, checked), self._records)
            head = HEAD.pack(0, self.size() - COUNTED_FROM, -1, MAGIC, checksum)
            self._built = b"".join((head, checked, self._records))
        return self._built


def batches(records: Iterable[bytes], at: int, largest: int) -> Iterator[ReadyBatch]:
    """Give records in batches that stay below a size in bytes, but for a record that is larger by itself."""
    batch: list[bytes] = []
    size = OVERHEAD
    for one in records:
        wide = len(one) + WIDEST_PLACE
        if batch and size + wide > largest:
            yield ReadyBatch(batch, at)
            batch, size = [], OVERHEAD
        batch.append(one)
        size += wide
    if batch:
        yield ReadyBatch(batch, at)
