"""The scheduler in memory: it hears what is announced, fires what is due, and says what follows, by the desk alone."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from uuid import UUID

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
from automation.knowledge import Knowledge
from automation.planning import WAITING
from automation.simulation.memory import Memory
from automation.succession import superseded

# Records of these kinds say when people work; what waits for a moment is computed afresh from them.
OF_TIMES = {"calendars": "the calendar changed", "people": "a person changed", "portals": "the company's zone changed"}
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

    def learn(self, knowledge: Knowledge, now: datetime) -> Iterator[Said]:
        """Go on by another config: what was held is looked at again, what waits by what changed is planned again."""
        before, self.knowledge = self.knowledge, knowledge
        if before.pauses is not knowledge.pauses:
            for execution in tuple(self._held):
                del self._held[execution]
                self.set_timer(now, execution)
        if before.rule_sets is not knowledge.rule_sets:
            for item in self._waiting(lambda row: superseded(row.rule_set, knowledge)):
                desk = self._desk(item, now)
                bring_up(desk, item)
                yield from self._kept(desk)
        for kept, words in OF_TIMES.items():
            if getattr(before, kept) is not getattr(knowledge, kept):
                for item in self._waiting(lambda row: row.state != "waiting_for_previous"):
                    yield from self._replanned(item, words, now)

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
