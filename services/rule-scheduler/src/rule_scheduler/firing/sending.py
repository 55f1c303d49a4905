"""What plain dispatches say: a message to each worker, and one for the timelines of each partition."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from automation.compiled import Dispatched
from chassis.ids import new_name
from chassis.outbox import Outbox, Ready
from chassis.records import header, named, varint
from contracts import topics
from contracts.actions import PerformAction
from contracts.envelope import CONTENT_TYPE
from contracts.executions import ExecutionRows
from contracts.hot import HotCause, read_cause

from rule_scheduler.store.dispatches import Held

Plain = Sequence[tuple[Held, Dispatched]]
ACTION, ROWS = PerformAction.TYPE.encode(), ExecutionRows.TYPE.encode()
# A message of rows fits into a row of the outbox with its headers: a larger one would be cut into pieces of 2 kB.
LARGEST_ROWS = 6_200
# Headers that all messages have, in any order: those that are the same for all, and the beginnings of the others.
FEWEST = 11
ALIKE = header(*CONTENT_TYPE) + header("ce_specversion", b"1.0")
KEY = varint(36)  # an id as text
ID, SUBJECT = named("ce_id") + KEY, named("ce_subject") + KEY
CORRELATION, CAUSATION = named("ce_correlationid") + KEY, named("ce_causationid") + KEY
TOPICS = {kind: topic.name for kind, topic in topics.ACTIONS.items()}


class Sending:
    """Makes records of one moment ready to travel."""

    def __init__(self, outbox: Outbox, now: datetime) -> None:
        self.kafka = outbox.kafka
        said = header("ce_source", outbox.source.encode()) + header("ce_time", now.isoformat().encode())
        self.alike = {type_: ALIKE + header("ce_type", type_) + said for type_ in (ACTION, ROWS)}

    def ready(self, plain: Plain) -> list[Ready]:
        """Give the records: those of the timelines first, as everywhere."""
        keys = [one.item.encode() for one, _ in plain]
        places = self.kafka.places([one.item for one, _ in plain])
        causes = [read_cause(one.cause) for one, _ in plain]
        actions = [
            Ready(TOPICS[done.kind], place, self.record(ACTION, key, cause, done.persons, done.action))
            for (_, done), key, place, cause in zip(plain, keys, places, causes, strict=True)
        ]
        return [*self._rows(plain, keys, places, causes), *actions]

    def _rows(
        self, plain: Plain, keys: Sequence[bytes], places: Sequence[int], causes: Sequence[HotCause]
    ) -> Iterator[Ready]:
        partitions: dict[int, list[int]] = {}
        for number, place in enumerate(places):
            partitions.setdefault(place, []).append(number)
        for place, numbers in partitions.items():
            for chunk in chunked(numbers, plain):
                first = chunk[0]
                persons = tuple(sorted({person for n in chunk for person in plain[n][1].persons}))
                value = b'{"dispatched":[%b]}' % b",".join([plain[n][1].told for n in chunk])
                yield Ready(
                    topics.EXECUTIONS.name, place, self.record(ROWS, keys[first], causes[first], persons, value)
                )

    def record(self, type_: bytes, key: bytes, cause: HotCause, persons: Sequence[str], value: bytes) -> bytes:
        """Give a record with the headers that `Envelope.headers` gives; the key is an id, which is the subject."""
        count, more = FEWEST, b""
        if cause.traceparent:
            count, more = count + 1, header("traceparent", cause.traceparent.encode())
        if persons:
            count, more = count + 1, more + header("ce_persons", ",".join(persons).encode())
        ids = ID, new_name().encode(), SUBJECT, key, CORRELATION, cause.correlation.encode()
        why = CAUSATION, cause.causation.encode(), by(cause.hops, cause.actor), more
        return b"".join((KEY, key, varint(len(value)), value, varint(count), self.alike[type_], *ids, *why))


@lru_cache(1 << 10)
def by(hops: int, actor: str) -> bytes:
    """Give the headers that say how far something came, and from whom."""
    return header("ce_hops", b"%d" % hops) + header("ce_actor", actor.encode())


def chunked(numbers: Sequence[int], plain: Plain) -> Iterator[list[int]]:
    """Split the rows of a partition by the size that a message may have."""
    chunk: list[int] = []
    size = 0
    for number in numbers:
        length = len(plain[number][1].told)
        if chunk and size + length > LARGEST_ROWS:
            yield chunk
            chunk, size = [], 0
        chunk.append(number)
        size += length
    if chunk:
        yield chunk
