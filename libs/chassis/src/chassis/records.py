"""Kafka's records as they lie in a batch of format 2, made where they are written: who carries them only joins bytes.

Source: Kafka's protocol guide, *Record Batch* and *Record*. Numbers of changing length are zigzag varints.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

SIZE = struct.Struct(">I")


@lru_cache(1 << 16)
def varint(number: int) -> bytes:
    """Write a number that is not negative."""
    left = number << 1
    written = bytearray()
    while left > 0x7F:  # noqa: PLR2004  seven bits to a byte
        written.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*written, left))


@lru_cache(1 << 10)
def named(name: str) -> bytes:
    """Give the name of a header behind its length."""
    return varint(len(name.encode())) + name.encode()


def header(name: str, value: bytes) -> bytes:
    """Write one header."""
    return named(name) + varint(len(value)) + value


def record(key: bytes, headers: Sequence[tuple[str, bytes]], value: bytes) -> bytes:
    """Write what of a record does not depend on its place in a batch."""
    pieces = [varint(len(key)), key, varint(len(value)), value, varint(len(headers))]
    for name, told in headers:
        pieces += (named(name), varint(len(told)), told)
    return b"".join(pieces)


def together(records: Iterable[bytes]) -> bytes:
    """Put records into one row of the outbox."""
    return b"".join([piece for one in records for piece in (SIZE.pack(len(one)), one)])


def apart(row: bytes) -> Iterator[bytes]:
    """Give the records of a row, in their order."""
    at, end = 0, len(row)
    while at < end:
        (size,) = SIZE.unpack_from(row, at)
        at += SIZE.size
        yield row[at : at + size]
        at += size


class Read(NamedTuple):
    """A record as it can be looked at."""

    key: bytes
    headers: list[tuple[str, bytes]]
    value: bytes


def read(written: bytes) -> Read:
    """Read a record that was made here."""
    found, at = [], 0
    key, at = _take(written, at)
    value, at = _take(written, at)
    count, at = _number(written, at)
    for _ in range(count):
        name, at = _take(written, at)
        told, at = _take(written, at)
        found.append((name.decode(), told))
    return Read(key, found, value)


def _take(written: bytes, at: int) -> tuple[bytes, int]:
    size, at = _number(written, at)
    return written[at : at + size], at + size


def _number(written: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = written[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return number >> 1, at
