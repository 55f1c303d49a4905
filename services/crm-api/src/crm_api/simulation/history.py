"""What really happened, as the journal has it: what people and senders did is the history, the rest followed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from automation.desk.executions import ACTOR
from automation.desk.told import Telling
from automation.simulation.world import Happened
from contracts.commands import ApplySignal
from contracts.config import ConfigChanged
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.executions import ExecutionRow
from contracts.items import (
    Item,
    ItemChanged,
    ItemDeleted,
    ItemEvent,
    ItemRulesApplied,
    ItemSignalled,
    ItemStageChanged,
)
from contracts.orders import CancelExecution, RetryExecution

from crm_api.simulation.turn import SOURCE

EVENTS: Mapping[str, type[ItemEvent]] = {
    event.TYPE: event for event in (ItemStageChanged, ItemChanged, ItemDeleted, ItemSignalled, ItemRulesApplied)
}
TYPES: Mapping[str, type[Data]] = {**EVENTS, ApplySignal.TYPE: ApplySignal, ConfigChanged.TYPE: ConfigChanged}
SYSTEM = "system"
INSIDE = "crm-api"
# How rows tell that a person ordered something of them.
CANCELLED = "cancelled by "
BY_A_PUBLISH = "cancelled by version "
RETRIED = "retried by "
moment = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the journal as it stands there: its data is JSON text."""

    at: datetime
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Recording:
    """What the journal has of a window.

    `config` is all config up to its end, in order. `before` is the last event of each item before it, `entered` the
    last entry, `changed` the last change that was no entry, `waiting` what waited when it began. `rows` are the
    executions as they became.
    """

    begin: datetime
    end: datetime
    config: Sequence[Entry] = ()
    before: Sequence[Entry] = ()
    entered: Sequence[Entry] = ()
    changed: Sequence[Entry] = ()
    happened: Sequence[Entry] = ()
    waiting: Sequence[str] = ()
    rows: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """What a person did to an item; `before` is the item as it then was, None where it was made."""

    telling: Telling
    before: Item | None


@dataclass(frozen=True, slots=True)
class Signalled:
    """A signal from outside, and what was made for it."""

    telling: Telling
    made: tuple[Telling, ...] = ()


@dataclass
class Sorting:
    """Sorts what happened into what somebody did and what followed; items are known as they really were."""

    items: dict[UUID, Item]

    def happened(self, entries: Iterable[Entry]) -> Iterator[Happened]:
        """Give what people and senders did, in order; each entry is read when its time has come."""
        # What was made for a signal was made in the transaction that decided it, and so at the same moment.
        for _, together in groupby(sorted(entries, key=moment), key=moment):
            tellings = in_order(together)
            made = [telling for telling in tellings if is_made(telling)]
            for telling in tellings:
                if (what := self._input(telling, made)) is not None:
                    yield Happened(telling.envelope.time, what)

    def _input(self, telling: Telling, made: Iterable[Telling]) -> Any:
        data, actor = telling.data, telling.envelope.cause.actor
        if isinstance(data, ConfigChanged):
            return data
        if isinstance(data, ApplySignal):
            outside = data.signal.source != INSIDE and not actor.startswith("user:")
            followed = (one for one in made if one.envelope.cause.causation == telling.envelope.id)
            return Signalled(telling, tuple(followed)) if outside else None
        before = self.items.get(data.item.id)
        self.items[data.item.id] = data.item
        return None if actor in {ACTOR, SYSTEM} else Changed(telling, before)


def is_made(telling: Telling) -> bool:
    """Say whether a message tells of an item that was made for a signal."""
    by_system = telling.envelope.cause.actor == SYSTEM
    return by_system and isinstance(telling.data, ItemEvent) and telling.data.item.version == 1


def in_order(entries: Iterable[Entry]) -> list[Telling]:
    """Read entries, in the order in which they happened."""
    told = [told_of(entry) for entry in entries if entry.kind in TYPES]
    return sorted(told, key=lambda one: (one.envelope.time, one.offset))


def told_of(entry: Entry) -> Telling:
    """Read one entry; its offset is the version, or the revision, of what it tells."""
    body = msgspec.json.decode(entry.body)
    data = TYPES[entry.kind].model_validate(body["data"])
    cause = Cause(UUID(body["correlation"]), UUID(body["causation"]), body["hops"], body["actor"])
    persons = tuple(UUID(one) for one in body.get("persons") or ())
    envelope = Envelope(UUID(body["id"]), entry.kind, SOURCE, "", entry.at, cause, persons)
    return Telling(envelope, data, version_of(data))


def version_of(data: Data) -> int:
    """Give what tells the order of things that happened at one moment."""
    if isinstance(data, ItemEvent):
        return data.item.version
    return data.revision if isinstance(data, ConfigChanged) else 0


def orders(rows: Iterable[ExecutionRow], begin: datetime) -> Iterator[Happened]:
    """Give what people ordered of executions, as the rows tell it."""
    for row in rows:
        for at, order in ordered(row):
            if at >= begin:
                cause = Cause(row.id, row.id, actor=f"user:{order.by}")
                envelope = Envelope(row.id, type(order).TYPE, SOURCE, "", at, cause)
                yield Happened(at, Telling(envelope, order))


def ordered(row: ExecutionRow) -> Iterator[tuple[datetime, CancelExecution | RetryExecution]]:
    """Give what people ordered of one execution, each with its moment."""
    for note in row.notes:
        if note.cause.startswith(RETRIED):
            yield note.at, RetryExecution(execution=row.id, item=row.item, by=note.cause.removeprefix(RETRIED))
    by_person = row.reason.startswith(CANCELLED) and not row.reason.startswith(BY_A_PUBLISH)
    if row.state == "cancelled" and by_person and row.finished_at is not None:
        by = row.reason.removeprefix(CANCELLED)
        yield row.finished_at, CancelExecution(execution=row.id, item=row.item, by=by, reason="")
