"""Once: a delivery is kept and announced when its id is new, noted when it is repeated, else set aside."""

import hashlib
from collections import Counter as Counted
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
import structlog
from chassis import telemetry
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.outbox import About, Outbox, Ready
from chassis.problems import Problem
from chassis.secrets import Sealer
from contracts import ids, topics
from contracts.actions import ProviderCallback, SetSuppression
from contracts.config import Source
from contracts.data import Data
from contracts.envelope import Cause
from contracts.messages import Message
from contracts.signals import DeliveryRepeated, Signal
from prometheus_client import Counter

from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Outcome, Report, Taken, Told
from trigger_gateway.store import deliveries as stored_deliveries
from trigger_gateway.store import nonces
from trigger_gateway.store.deliveries import Delivery
from trigger_gateway.tallying import Tally
from trigger_gateway.timestamps import put_ahead

LARGEST_SIGNAL = 256_000
SURELY_SMALL = LARGEST_SIGNAL // 8
REAL = timedelta()
# The workers that keep the words of people on addresses of a kind.
WORDS_GO_TO = {"email": "email", "phone": "sms"}
DELIVERIES = Counter("signalbox_deliveries", "Deliveries that were verified and kept", ["source", "outcome"])
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery that was read: the row that is kept, and the signal that it makes; `watched` ones we saw ourselves.

    `nonce`, `reports` and `words` are as it told them.
    """

    delivery: Delivery
    signal: Signal | None
    watched: bool = False
    nonce: str = ""
    reports: tuple[Report, ...] = ()
    words: tuple[SetSuppression, ...] = ()


def digest(told: Told) -> str:
    """Give the hash of what a delivery tells; config has no part in it, so that it may change between repeats."""
    if told.content:
        return hashlib.sha256(told.content).hexdigest()
    tells = (told.kind, told.happened_at, told.binding, [(i.kind, i.value) for i in told.identities], told.payload)
    return hashlib.sha256(msgspec.json.encode(tells, order="sorted")).hexdigest()


def key_of(signal: Signal) -> str:
    """Give the key of a signal: the item that it names, else the first identity, else its source."""
    if signal.binding:
        return str(signal.binding)
    if signal.identities:
        return f"{signal.identities[0].kind}:{signal.identities[0].value}"
    return signal.source


class Deliveries:
    """Takes deliveries in, each with all that follows from it in the caller's transaction.

    Senders tell real times; in a rehearsal they are put ahead as far as its clock is.
    """

    def __init__(self, outbox: Outbox, sealer: Sealer, *, rehearsal: bool = False, tally: Tally | None = None) -> None:
        self.outbox = outbox
        self.sealer = sealer
        self.rehearsal = rehearsal
        self.tally = tally or Tally()

    async def take(self, tx: Transaction, source: Source, told: Told, knock: Knock) -> Taken:
        """Take one delivery; raises a 422 problem for a signal that is too large to travel."""
        [taken] = await self.take_all(tx, [self.arrival(source, told, knock, await tx.now())])
        return taken

    async def observe(self, tx: Transaction, source: Source, told: Told) -> None:
        """Announce what we saw ourselves, once under its id; a repeat is nothing to note."""
        now = await tx.now()
        signal = signal_of(source, told, now)
        await self.take_all(tx, [Arrival(self._row(source, signal, told, now), signal, watched=True)])

    def arrival(self, source: Source, told: Told, knock: Knock, now: datetime, *, watched: bool = False) -> Arrival:
        """Make ready what is kept of a delivery; raises a 422 problem for a signal that is too large to travel."""
        ahead = now - knock.at if self.rehearsal else REAL
        # What came in so few bytes cannot have become too large to travel.
        signal = signal_of(source, told, now, ahead=ahead, weighed=len(knock.body) > SURELY_SMALL)
        row = self._row(source, signal, told, now, told.came or knock)
        return Arrival(row, signal, watched=watched, nonce=told.nonce, reports=told.reports, words=told.words)

    async def take_all(self, tx: Transaction, arrivals: Sequence[Arrival]) -> list[Taken]:
        """Take deliveries, and give what became of each."""
        misused = await nonces.spend(tx, [(one.nonce, one.delivery) for one in arrivals if one.nonce])
        # Nearly always all are new: then they are announced in the round trip that keeps them.
        announced = () if misused else self._ready(arrivals)
        first = await stored_deliveries.keep(
            tx, [o.delivery for o in arrivals if o.delivery.id not in misused], announced
        )
        if len(first) == len(arrivals):
            tx.after_commit(self.outbox.written.set)
            told: list[tuple[Arrival, Outcome]] = [(one, "first") for one in arrivals]
        else:
            told = await self._one_by_one(tx, arrivals, first, misused)
        tx.after_commit(partial(self._count, told))
        return [Taken(outcome, one.delivery.signal) for one, outcome in told]

    async def announce(self, tx: Transaction, arrivals: Sequence[Arrival]) -> None:
        """Announce once more what was kept already: who had the signal knows it by its id."""
        await self.outbox.publish(tx, [message for one in arrivals for message in self._messages(one, "first")])

    def _ready(self, arrivals: Sequence[Arrival]) -> list[Ready]:
        messages = (message for one in arrivals for message in self._messages(one, "first"))
        return [self.outbox.parcel(message).ready() for message in messages]

    async def _one_by_one(
        self, tx: Transaction, arrivals: Sequence[Arrival], first: set[UUID], misused: set[UUID]
    ) -> list[tuple[Arrival, Outcome]]:
        """Count what is repeated, set aside what is neither, announce each, and give what became of it."""
        others = [one for one in arrivals if one.delivery.id not in first | misused]
        repeated = await stored_deliveries.count_repeats(tx, [o.delivery for o in others if not o.watched])
        told = [(one, outcome_of(one, first=one.delivery.id in first, repeated=repeated)) for one in arrivals]
        await stored_deliveries.quarantine(tx, [one.delivery for one, outcome in told if outcome == "quarantined"])
        await self.outbox.publish(tx, [message for one, outcome in told for message in self._messages(one, outcome)])
        return told

    def _row(
        self, source: Source, signal: Signal | None, told: Told, now: datetime, knock: Knock | None = None
    ) -> Delivery:
        return Delivery(
            id=new_id(),
            source=source.id,
            delivery=told.delivery,
            digest=digest(told),
            signal=signal.id if signal else None,
            body=knock.body if knock else b"",
            headers=knock.kept_headers() if knock else {},
            received_at=now,
            identities=tuple(self.sealer.identity(i.kind, i.value) for i in told.identities),
        )

    def _messages(self, arrival: Arrival, outcome: Outcome) -> Iterator[Message]:
        signal, delivery = arrival.signal, arrival.delivery
        if outcome == "first":
            yield from self._to_workers(arrival)
        if signal is None:
            return
        if outcome == "first":
            yield self._message(signal, signal, delivery, signal.id)
        elif outcome == "repeated" and not arrival.watched:
            repeat = DeliveryRepeated(
                first=signal.id,
                kind=signal.kind,
                source=signal.source,
                delivery=delivery.delivery,
                received_at=delivery.received_at,
            )
            yield self._message(signal, repeat, delivery)

    def _to_workers(self, arrival: Arrival) -> Iterator[Message]:
        """Make what a delivery reports of effects, and what it says of addresses."""
        delivery = arrival.delivery
        for report in arrival.reports:
            yield self._report(report, delivery)
        for word in arrival.words:
            about = About(delivery.received_at, root(), identities=delivery.identities)
            yield self.outbox.message(topics.ACTIONS[WORDS_GO_TO[word.way]], word.address, word, about)

    def _report(self, report: Report, delivery: Delivery) -> Message:
        at, reference = delivery.received_at, delivery.delivery
        data = ProviderCallback(
            provider=delivery.source,
            effect=report.effect,
            reference=reference,
            state="bounced",
            reason=report.reason,
            suppress=report.suppress,
            at=at,
        )
        return self.outbox.message(topics.ACTIONS[report.kind], report.item, data, About(at, root()))

    def _message(self, signal: Signal, data: Data, delivery: Delivery, id_: UUID | None = None) -> Message:
        about = About(delivery.received_at, root(), identities=delivery.identities, id=id_)
        return self.outbox.message(topics.SIGNALS, key_of(signal), data, about)

    def _count(self, told: Sequence[tuple[Arrival, Outcome]]) -> None:
        at = max((arrival.delivery.received_at for arrival, _ in told), default=None)
        for (source, outcome), count in Counted((a.delivery.source, outcome) for a, outcome in told).items():
            DELIVERIES.labels(source, outcome).inc(count)
            self.tally.add(source, outcome, count=count, at=at)
            log.debug("deliveries", source=source, outcome=outcome, count=count)
        for aside in (a.delivery for a, outcome in told if outcome == "quarantined"):
            words = "delivery: set aside, its id stands for something else"
            log.error(words, source=aside.source, delivery=aside.delivery)


def outcome_of(arrival: Arrival, *, first: bool, repeated: set[stored_deliveries.Key]) -> Outcome:
    """Say what became of a delivery; what we saw ourselves is never set aside."""
    if first:
        return "first"
    return "repeated" if arrival.watched or arrival.delivery.key in repeated else "quarantined"


def root() -> Cause:
    """Give the cause of what begins here; a stranger's trace is not gone on with."""
    event = new_id()
    return Cause(correlation=event, causation=event, traceparent=telemetry.new_trace())


def signal_of(
    source: Source, told: Told, now: datetime, *, ahead: timedelta = REAL, weighed: bool = True
) -> Signal | None:
    """Give the signal that a delivery makes, None where it means nothing; raises a 422 problem for one too large.

    `ahead` is how far our clock is ahead of the sender's. What the source is set to change goes with signals of the
    kinds that it names, where they are bound to an item. What is not `weighed` is surely small enough.
    """
    if not told.kind:
        return None
    signal = Signal(
        id=ids.signal_id(source.id, told.delivery),
        kind=told.kind,
        source=source.id,
        happened_at=put_ahead(told.happened_at, ahead) if told.happened_at else now,
        binding=told.binding,
        identities=told.identities,
        payload=told.payload,
        sets=source.sets if told.binding and told.kind in source.sets_on else None,
    )
    size = len(signal.model_dump_json().encode()) if weighed else 0
    if size > LARGEST_SIGNAL:
        raise Problem(
            422, "It tells too much", detail=f"It is {size} bytes once read; a signal may have {LARGEST_SIGNAL}."
        )
    return signal
