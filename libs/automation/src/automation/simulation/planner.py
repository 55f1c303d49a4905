"""The scheduler in memory: it hears what is announced, fires what is due, and says what follows, by the desk alone."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import get_args
from uuid import UUID

from contracts.config import ConfigChanged
from contracts.executions import ExecutionRow
from contracts.items import ItemEvent

from automation.desk.acting import guarded
from automation.desk.copies import concerned
from automation.desk.desk import Desk
from automation.desk.due import due
from automation.desk.executions import TIMED
from automation.desk.handlers import HANDLERS
from automation.desk.replanning import replan_item
from automation.desk.said import Remark, Said
from automation.desk.succeeding import bring_up
from automation.desk.timers import to_fire
from automation.desk.told import Told
from automation.grounds import Ground, Kind, grounds, resting
from automation.knowledge import Knowledge
from automation.planning import WAITING
from automation.simulation.memory import Memory
from automation.succession import superseded

KINDS: tuple[Kind, ...] = get_args(Kind)
# Sets the moment at which an execution is to be looked at.
Set = Callable[[datetime, UUID], None]


class Planner:
    """Decides over a memory; `set_timer` is told each moment that is set, and never of one that is over."""

    def __init__(self, knowledge: Knowledge, memory: Memory, set_timer: Set) -> None:
        self.knowledge = knowledge
        self.memory = memory
        self.set_timer = set_timer
        self.remarks: list[Remark] = []
        self._held: dict[UUID, None] = {}

    def take(self, told: Told, now: datetime) -> Iterator[Said]:
        """Take one thing that the scheduler hears, and give what it says to it."""
        data = told.data
        if isinstance(data, ItemEvent):
            desk = self._desk(data.item.id, now, data.item.activation, data)
        else:
            known = self.memory.executions.get(data.execution)
            desk = self._desk(data.item, now, known.row.activation if known else None)
        HANDLERS[type(data)](desk, told)
        yield from self._kept(desk)

    def fire(self, execution: UUID, now: datetime) -> Iterator[Said]:
        """Look at an execution whose moment has come; a moment that is over is none."""
        row = self.memory.executions[execution].row
        if row.state in TIMED and row.due_at is not None and row.due_at <= now:
            desk = self._desk(row.item, now, row.activation)
            guarded(desk, desk.executions[execution], due)
            yield from self._kept(desk)

    def learn(self, change: ConfigChanged, now: datetime) -> Iterator[Said]:
        """Go on by another config: what was held is looked at again, what waits by what changed is planned again."""
        before = self.knowledge
        knowledge = self.knowledge = before.with_((change,))
        if before.pauses is not knowledge.pauses:
            for execution in tuple(self._held):
                del self._held[execution]
                self.set_timer(now, execution)
        if before.rule_sets is not knowledge.rule_sets:
            for item in self._waiting(lambda row: superseded(row.rule_set, knowledge)):
                desk = self._desk(item, now)
                bring_up(desk, item)
                yield from self._kept(desk)
        yield from self._swept(before, change, now)

    def _swept(self, before: Knowledge, change: ConfigChanged, now: datetime) -> Iterator[Said]:
        """Compute afresh all that rests on what changed: a calendar, the portal's zone, a person's hours."""
        of = next((kind for kind in KINDS if kind == change.kind), None)
        if of is None or grounds(before).get(Ground(of, change.id)) == grounds(self.knowledge).get(
            Ground(of, change.id)
        ):
            return
        rules = resting(of, self.knowledge)
        for item in self._waiting(lambda row: row.rule in rules):
            yield from self._replanned(item, words_of(change), now)

    def _desk(self, item: UUID, now: datetime, activation: int | None = None, event: ItemEvent | None = None) -> Desk:
        beside = concerned((event,)) - {item} if event else ()
        return self.memory.desk(self.knowledge, now, item, activation, beside)

    def _kept(self, desk: Desk) -> Iterator[Said]:
        self.memory.keep(desk)
        for execution, at in to_fire(desk).items():
            self.set_timer(at, execution)
        self._held.update(dict.fromkeys(desk.held))
        self.remarks += desk.remarks
        yield from desk.said
        for item, changed in tuple(self.memory.waiting_on(desk.touched)):
            yield from self._replanned(item, desk.touched[changed], desk.now)

    def _replanned(self, item: UUID, words: str, now: datetime) -> Iterator[Said]:
        desk = self._desk(item, now)
        replan_item(desk, item, words)
        yield from self._kept(desk)

    def _waiting(self, which: Callable[[ExecutionRow], bool]) -> Iterable[UUID]:
        return [
            item
            for item in self.memory.items()
            if any(e.row.state in WAITING and which(e.row) for e in self.memory.of(item))
        ]


def words_of(change: ConfigChanged) -> str:
    """Say what changed, as the timelines of what rests on it do."""
    name = change.kind if change.kind == change.id else f"{change.kind} {change.id}"
    who = f" by {change.changed_by}" if change.changed_by else ""
    return f"{name}, revision {change.revision}, {'removed' if change.deleted else 'changed'}{who}"
