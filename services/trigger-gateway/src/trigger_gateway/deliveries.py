"""Once: a delivery is kept and announced when its id is new, noted when it is repeated, else set aside."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import structlog
from chassis import telemetry
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from chassis.problems import Problem
from chassis.secrets import Sealer
from contracts import ids, topics
from contracts.config import Source
from contracts.data import Data
from contracts.envelope import Cause
from contracts.signals import DeliveryRepeated, Signal
from prometheus_client import Counter

from trigger_gateway import store
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Outcome, Taken, Told

LARGEST_SIGNAL = 256_000
REAL = timedelta()
DELIVERIES = Counter("signalbox_deliveries", "Deliveries that were verified and kept", ["source", "outcome"])
log = structlog.get_logger()


def digest(told: Told) -> str:
    """Give the hash of what a delivery tells; config has no part in it, so that it may change between repeats."""
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

    def __init__(self, outbox: Outbox, sealer: Sealer, *, rehearsal: bool = False) -> None:
        self.outbox = outbox
        self.sealer = sealer
        self.rehearsal = rehearsal

    async def take(self, tx: Transaction, source: Source, told: Told, knock: Knock) -> Taken:
        """Take one delivery; raises a 422 problem for a signal that is too large to travel."""
        now = await tx.now()
        signal = signal_of(source, told, now, ahead=now - knock.at if self.rehearsal else REAL)
        delivery = self._row(source, signal, told, now, knock)
        if await store.keep(tx, delivery):
            await self._announce(tx, signal, now)
            return self._counted(delivery, "first")
        if await store.count_repeat(tx, delivery):
            await self._note(tx, signal, delivery)
            return self._counted(delivery, "repeated")
        await store.quarantine(tx, delivery)
        log.error("delivery: set aside, its id stands for something else", source=source.id, delivery=told.delivery)
        return self._counted(delivery, "quarantined")

    async def observe(self, tx: Transaction, source: Source, told: Told) -> None:
        """Announce what we saw ourselves, once under its id; a repeat is nothing to note."""
        now = await tx.now()
        signal = signal_of(source, told, now)
        if await store.keep(tx, self._row(source, signal, told, now)):
            await self._announce(tx, signal, now)

    def _row(
        self, source: Source, signal: Signal | None, told: Told, now: datetime, knock: Knock | None = None
    ) -> store.Delivery:
        return store.Delivery(
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

    async def _announce(self, tx: Transaction, signal: Signal | None, now: datetime) -> None:
        if signal is not None:
            await self._publish(tx, signal, signal, About(now, root(), id=signal.id))

    async def _note(self, tx: Transaction, first: Signal | None, repeat: store.Delivery) -> None:
        if first is None:
            return
        data = DeliveryRepeated(
            first=first.id,
            kind=first.kind,
            source=first.source,
            delivery=repeat.delivery,
            received_at=repeat.received_at,
        )
        await self._publish(tx, first, data, About(repeat.received_at, root()))

    async def _publish(self, tx: Transaction, signal: Signal, data: Data, about: About) -> None:
        hashes = tuple(self.sealer.identity(i.kind, i.value) for i in signal.identities)
        message = self.outbox.message(topics.SIGNALS, key_of(signal), data, replace(about, identities=hashes))
        await self.outbox.publish(tx, [message])

    def _counted(self, delivery: store.Delivery, outcome: Outcome) -> Taken:
        DELIVERIES.labels(delivery.source, outcome).inc()
        log.info("delivery", source=delivery.source, delivery=delivery.delivery, outcome=outcome)
        return Taken(outcome, delivery.signal)


def root() -> Cause:
    """Give the cause of what begins here; a stranger's trace is not gone on with."""
    event = new_id()
    return Cause(correlation=event, causation=event, traceparent=telemetry.new_trace())


def signal_of(source: Source, told: Told, now: datetime, *, ahead: timedelta = REAL) -> Signal | None:
    """Give the signal that a delivery makes, None where it means nothing; raises a 422 problem for one too large.

    `ahead` is how far our clock is ahead of the sender's. What the source is set to change goes with signals of the
    kinds that it names, where they are bound to an item.
    """
    if not told.kind:
        return None
    signal = Signal(
        id=ids.signal_id(source.id, told.delivery),
        kind=told.kind,
        source=source.id,
        happened_at=told.happened_at + ahead if told.happened_at else now,
        binding=told.binding,
        identities=told.identities,
        payload=told.payload,
        sets=source.sets if told.binding and told.kind in source.sets_on else None,
    )
    size = len(signal.model_dump_json().encode())
    if size > LARGEST_SIGNAL:
        raise Problem(
            422, "It tells too much", detail=f"It is {size} bytes once read; a signal may have {LARGEST_SIGNAL}."
        )
    return signal
