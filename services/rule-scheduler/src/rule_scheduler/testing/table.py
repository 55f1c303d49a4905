"""The scheduler's decisions without servers: a table that keeps in memory what a database would keep."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from automation.knowledge import Knowledge
from automation.testing import NOW, shop
from chassis.ids import new_id
from chassis.kafka import Kafka
from chassis.outbox import Outbox, Parcel
from chassis.received import Received
from contracts import topics
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.executions import ExecutionRow
from contracts.items import ItemEvent, SignalSeen
from contracts.messages import BY_TYPE

from rule_scheduler.copies import Copy, concerned
from rule_scheduler.desk import Desk
from rule_scheduler.dispatching import guarded
from rule_scheduler.executions import Execution
from rule_scheduler.firing import due
from rule_scheduler.receiving import HANDLERS

Kind = TypeVar("Kind", bound=Data)


class Table:
    """Runs batches as `consume` does, and timers as `fire` does, over copies and executions in memory."""

    def __init__(self) -> None:
        self.knowledge: Knowledge = shop()
        self.now: datetime = NOW
        self.gate_open = True
        self.copies: dict[UUID, Copy] = {}
        self.executions: dict[UUID, Execution] = {}
        self.signals: list[tuple[UUID, int, SignalSeen]] = []
        self.said: list[Parcel] = []
        self.offsets = itertools.count(1)

    def desk(self) -> Desk:
        """Lay a desk with all that is kept."""
        return Desk(
            knowledge=self.knowledge,
            now=self.now,
            gate_open=self.gate_open,
            outbox=Outbox(Kafka("none"), "/rule-scheduler"),
            copies=self.copies,
            executions=self.executions,
            kept=tuple(self.signals),
        )

    def received(self, data: Data, *, actor: str = "user:ann", offset: int | None = None) -> Received:
        """Give data as it would be received, at the next offset unless told."""
        id_ = new_id()
        envelope = Envelope(id_, data.TYPE, "/crm-api", "", self.now, Cause(id_, id_, actor=actor))
        return Received(topics.ITEMS.name, 0, offset or next(self.offsets), "", envelope, data)

    def take(self, *batch: Data, actor: str = "user:ann") -> Desk:
        """Take a batch of data in one transaction."""
        return self.take_received([self.received(data, actor=actor) for data in batch])

    def take_received(self, batch: Sequence[Received]) -> Desk:
        """Take a batch of records in one transaction."""
        events = [r.data for r in batch if isinstance(r.data, ItemEvent)]
        for item in concerned(events) | {r.data.item for r in batch if not isinstance(r.data, ItemEvent)}:
            self.copies.setdefault(item, Copy(item))
        desk = self.desk()
        for received in batch:
            HANDLERS[type(received.data)](desk, received)
        return self.keep(desk)

    def fire(self, *rows: ExecutionRow) -> Desk:
        """Take the timers of these rows, or of all."""
        desk = self.desk()
        for row in rows or self.rows():
            guarded(desk, desk.executions[row.id], due)
        return self.keep(desk)

    def keep(self, desk: Desk) -> Desk:
        """Keep what a transaction changed, and what it said."""
        self.executions.update(desk.executions)
        self.signals += desk.signals
        self.said += desk.parcels
        return desk

    def rows(self) -> list[ExecutionRow]:
        """Give all rows."""
        return [execution.row for execution in self.executions.values()]

    def row(self, key: str, activation: int = 1) -> ExecutionRow:
        """Give the row of a rule in an activation."""
        return next(r for r in self.rows() if r.rule_key == key and r.activation == activation)

    def states(self) -> dict[str, str]:
        """Give the state of each rule's last row."""
        return {row.rule_key: row.state for row in self.rows()}

    def heard(self, kind: type[Kind]) -> list[Kind]:
        """Give what was said of one kind, in order."""
        told = [BY_TYPE[dict(p.headers)["ce_type"].decode()].model_validate_json(p.value) for p in self.said]
        return [data for data in told if isinstance(data, kind)]
