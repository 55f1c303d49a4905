"""The scheduler's decisions without servers: a table that keeps in memory what a database would keep."""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.executions import ExecutionRow
from contracts.ids import effect_id
from contracts.items import ItemEvent, SignalSeen
from contracts.outcomes import EffectOutcome, EffectState

from automation.desk.acting import guarded
from automation.desk.copies import Copy, concerned
from automation.desk.desk import Desk, as_it_is
from automation.desk.due import due
from automation.desk.executions import Execution
from automation.desk.handlers import HANDLERS
from automation.desk.said import Said
from automation.desk.told import Telling, Told
from automation.knowledge import Knowledge
from automation.testing import NOW, shop

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
        self.said: list[Said] = []
        self.pack: Callable[[Said], Said] = as_it_is
        self.offsets = itertools.count(1)

    def desk(self) -> Desk:
        """Lay a desk with all that is kept."""
        return Desk(
            knowledge=self.knowledge,
            now=self.now,
            gate_open=self.gate_open,
            copies=self.copies,
            executions=self.executions,
            kept=tuple(self.signals),
            pack=self.pack,
        )

    def received(self, data: Data, *, actor: str = "user:ann", offset: int | None = None) -> Told:
        """Give data as it would be received, at the next offset unless told."""
        id_ = uuid4()
        envelope = Envelope(id_, data.TYPE, "/crm-api", "", self.now, Cause(id_, id_, actor=actor))
        return Telling(envelope, data, offset or next(self.offsets))

    def take(self, *batch: Data, actor: str = "user:ann") -> Desk:
        """Take a batch of data in one transaction."""
        return self.take_received([self.received(data, actor=actor) for data in batch])

    def take_received(self, batch: Sequence[Told]) -> Desk:
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
        kept = (one for one in self.signals if one[1] >= desk.entered.get(one[0], 0))
        self.signals = [*kept, *desk.signals]
        self.said += desk.said
        return desk

    def rows(self) -> list[ExecutionRow]:
        """Give all rows."""
        return [execution.row for execution in self.executions.values()]

    def row(self, key: str, activation: int = 1) -> ExecutionRow:
        """Give the row of a rule in an activation."""
        return next(r for r in self.rows() if r.rule_key == key and r.activation == activation)

    def occurrence(self, key: str, name: str) -> ExecutionRow:
        """Give one occurrence of a rule that recurs."""
        return next(r for r in self.rows() if (r.rule_key, r.occurrence) == (key, name))

    def occurrences(self, key: str) -> dict[str, str]:
        """Give the state of each occurrence of a rule."""
        return {row.occurrence: row.state for row in self.rows() if row.rule_key == key}

    def outcome(self, key: str, state: EffectState, version: int = 2, **parts: Any) -> EffectOutcome:
        """Make what a worker answers about the effect of a rule on somebody."""
        row = self.row(key)
        told: dict[str, Any] = {"whom": "contact", "round": row.round, "effects": 1, "at": self.now, **parts}
        place: dict[str, Any] = {"execution": row.id, "item": row.item, "activation": row.activation}
        return EffectOutcome(effect=effect_id(row.id, told["whom"]), state=state, version=version, **place, **told)

    def states(self) -> dict[str, str]:
        """Give the state of each rule's last row."""
        return {row.rule_key: row.state for row in self.rows()}

    def heard(self, kind: type[Kind]) -> list[Kind]:
        """Give what was said of one kind, in order."""
        return [said.data for said in self.said if isinstance(said.data, kind)]
