"""What plain dispatches say: a message to each worker, and one for the timelines of each partition."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from automation.compiled import Dispatched
from chassis.ids import new_name
from chassis.outbox import Outbox, Parcel
from contracts import topics
from contracts.actions import PerformAction
from contracts.envelope import CONTENT_TYPE, Headers
from contracts.executions import ExecutionRows
from contracts.hot import HotCause, read_cause

from rule_scheduler.store.dispatches import Held
from rule_scheduler.writing import LARGEST_ROWS

Plain = Sequence[tuple[Held, Dispatched]]
ACTION, ROWS = PerformAction.TYPE.encode(), ExecutionRows.TYPE.encode()
TOPICS = {kind: topic.name for kind, topic in topics.ACTIONS.items()}


class Sending:
    """Makes records of one moment ready to travel."""

    def __init__(self, outbox: Outbox, now: datetime) -> None:
        self.kafka = outbox.kafka
        self.source = "ce_source", outbox.source.encode()
        self.time = "ce_time", now.isoformat().encode()

    def parcels(self, plain: Plain) -> list[Parcel]:
        """Give the records: those of the timelines first, as everywhere."""
        keys = [str(one.item) for one, _ in plain]
        places = self.kafka.places(keys)
        causes = [read_cause(one.cause) for one, _ in plain]
        actions = [
            Parcel(TOPICS[done.kind], place, key.encode(), self.headers(ACTION, key, cause, done.persons), done.action)
            for (_, done), key, place, cause in zip(plain, keys, places, causes, strict=True)
        ]
        return [*self._rows(plain, places, causes), *actions]

    def _rows(self, plain: Plain, places: Sequence[int], causes: Sequence[HotCause]) -> Iterator[Parcel]:
        partitions: dict[int, list[int]] = {}
        for number, place in enumerate(places):
            partitions.setdefault(place, []).append(number)
        for place, numbers in partitions.items():
            for chunk in chunked(numbers, plain):
                first = chunk[0]
                key = str(plain[first][0].item)
                persons = tuple(sorted({person for n in chunk for person in plain[n][1].persons}))
                value = b'{"rows":[%b]}' % b",".join([plain[n][1].row for n in chunk])
                headers = self.headers(ROWS, key, causes[first], persons)
                yield Parcel(topics.EXECUTIONS.name, place, key.encode(), headers, value)

    def headers(self, type_: bytes, subject: str, cause: HotCause, persons: Sequence[str]) -> Headers:
        """Give the headers as `Envelope.headers` does."""
        headers: Headers = [
            CONTENT_TYPE,
            ("ce_specversion", b"1.0"),
            ("ce_id", new_name().encode()),
            ("ce_type", type_),
            self.source,
            ("ce_subject", subject.encode()),
            self.time,
            ("ce_correlationid", cause.correlation.encode()),
            ("ce_causationid", cause.causation.encode()),
            ("ce_hops", b"%d" % cause.hops),
            ("ce_actor", cause.actor.encode()),
        ]
        if cause.traceparent:
            headers.append(("traceparent", cause.traceparent.encode()))
        if persons:
            headers.append(("ce_persons", ",".join(persons).encode()))
        return headers


def chunked(numbers: Sequence[int], plain: Plain) -> Iterator[list[int]]:
    """Split the rows of a partition so that each message stays far below what may travel."""
    chunk: list[int] = []
    size = 0
    for number in numbers:
        length = len(plain[number][1].row)
        if chunk and size + length > LARGEST_ROWS:
            yield chunk
            chunk, size = [], 0
        chunk.append(number)
        size += length
    if chunk:
        yield chunk
