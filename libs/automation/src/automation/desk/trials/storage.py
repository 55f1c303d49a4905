"""What a database keeps of the planner, with transactions that may be lost, and timers that come due."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.config import ConfigChanged
from contracts.executions import PENDING, ExecutionRow
from contracts.items import ItemEvent, SignalSeen

from automation.desk.acting import guarded
from automation.desk.copies import Copy, concerned
from automation.desk.desk import Desk
from automation.desk.due import due
from automation.desk.executions import TIMED, Execution
from automation.desk.handlers import HANDLERS
from automation.desk.replanning import moves_with_others, replan_item
from automation.desk.succeeding import bring_up
from automation.desk.timers import over_timers, to_fire
from automation.desk.told import Told
from automation.desk.trials.watched import Steps, WatchedDesk
from automation.grounds import Ground, grounds, resting
from automation.knowledge import Knowledge
from automation.waiting import LISTEN, waits_for_signals

LOOK_AGAIN = timedelta(seconds=5)
Work = Callable[[Desk], None]


class Storage:
    """Copies, executions, signals and timers; reads and writes them as `rule-scheduler` does."""

    def __init__(self, knowledge: Knowledge, now: datetime) -> None:
        self.knowledge = knowledge
        self.now = now
        self.gate_open = True
        self.copies: dict[UUID, Copy] = {}
        self.executions: dict[UUID, Execution] = {}
        self.spent: set[UUID] = set()
        self.signals: dict[UUID, tuple[UUID, int, SignalSeen]] = {}
        self.timers: dict[UUID, datetime] = {}
        self.held: set[UUID] = set()
        self.afresh: dict[UUID, str] = {}
        self.walks: dict[Ground, None] = {}
        self.asleep: set[UUID] = set()
        self.stale: set[UUID] = set()
        self.committed: list[Steps] = []
        self.faults: list[Exception] = []
        self.stopped: set[tuple[UUID, UUID, int]] = set()

    def take(self, batch: Sequence[Told], *, lost: bool = False) -> None:
        """Take a batch of records; where it is `lost`, its transaction breaks off once before it comes again."""
        events = [told.data for told in batch if isinstance(told.data, ItemEvent)]
        others = [told.data for told in batch if not isinstance(told.data, ItemEvent)]
        items = concerned(events) | {data.item for data in others}
        for item in items:
            self.copies.setdefault(item, Copy(item))

        def work(desk: Desk) -> None:
            for told in batch:
                HANDLERS[type(told.data)](desk, told)

        activations = {event.item.activation for event in events}
        named = {data.execution for data in others}
        self._transaction(items, work, activations, named, lost=lost)

    def due(self) -> list[UUID]:
        """Give the timers that are due, the earliest first."""
        return sorted((i for i, at in self.timers.items() if at <= self.now), key=lambda i: (self.timers[i], i))

    def fire(self, ids: Collection[UUID], *, lost: bool = False) -> None:
        """Take due timers; those that are over are gone with the transaction."""
        if not self.gate_open or not ids:
            return
        items = {self.executions[i].row.item for i in ids}

        def work(desk: Desk) -> None:
            for i in ids:
                guarded(desk, desk.executions[i], due)

        self._transaction(items, work, (), ids, lost=lost, claimed=frozenset(ids))
        for i in ids:
            if self.executions[i].row.state not in TIMED:
                self.timers.pop(i, None)
                self.held.discard(i)

    def compute_afresh(self, *, lost: bool = False) -> None:
        """Compute the items afresh that wait for dates of others which have changed."""
        words, self.afresh = self.afresh, {}
        for item, why in sorted(words.items()):
            self._transaction({item}, lambda desk, i=item, w=why: replan_item(desk, i, w), lost=lost)  # type: ignore[misc]

    def bring_up(self, item: UUID, *, lost: bool = False) -> None:
        """Bring an item up to what was published since."""
        self._transaction({item}, lambda desk: bring_up(desk, item), lost=lost)

    def ring(self, execution: UUID, *, lost: bool = False) -> None:
        """Take a timer that rings too early, as when its row moved meanwhile."""
        if self.gate_open:
            self.timers[execution] = self.now
            self.fire([execution], lost=lost)

    def mark_unread(self, item: UUID, offset: int) -> None:
        """Mark that a record of an item could not be read."""
        copy = self.copies.setdefault(item, Copy(item))
        copy.unread = max(offset, copy.unread or 0)

    def learn(self, change: ConfigChanged) -> None:
        """Take a change of config; what moments rest on is noted, to be computed afresh."""
        before = grounds(self.knowledge)
        self.knowledge = self.knowledge.with_([change])
        after = grounds(self.knowledge)
        self.walks |= dict.fromkeys(g for g in {**before, **after} if before.get(g) != after.get(g))

    def walk(self, *, lost: bool = False) -> None:
        """Compute afresh, item by item, all that rests on what has changed."""
        walks, self.walks = self.walks, {}
        for ground in walks:
            for item in self._resting(ground):
                self._transaction({item}, lambda desk, i=item, w=ground.id: replan_item(desk, i, w), lost=lost)  # type: ignore[misc]

    def _resting(self, ground: Ground) -> list[UUID]:
        rules = resting(ground.kind, self.knowledge)
        rows = [one.row for one in self.executions.values() if one.row.state in TIMED and one.row.rule in rules]
        items = {row.item: self.copies[row.item].item for row in rows}
        return sorted(
            i for i, item in items.items() if ground.kind != "person" or (item and item.responsible == ground.id)
        )

    def resume(self) -> None:
        """Let all that is held be looked at now."""
        self.timers.update(dict.fromkeys(self.held, self.now))
        self.held.clear()

    def _transaction(
        self,
        items: Iterable[UUID],
        work: Work,
        activations: Collection[int] = (),
        named: Collection[UUID] = (),
        *,
        lost: bool,
        claimed: frozenset[UUID] = frozenset(),
    ) -> None:
        locked = set(items)
        broken = self._worked(locked, work, activations, named) if lost else None
        desk = self._worked(locked, work, activations, named)
        if broken is not None and broken.steps != desk.steps:
            raise AssertionError("the same batch was decided otherwise the second time")
        self._write(desk, claimed)

    def _worked(
        self, locked: set[UUID], work: Work, activations: Collection[int], named: Collection[UUID]
    ) -> WatchedDesk:
        copies = self._copied(locked)
        found = self._found(copies, activations, named)
        links = {link for one in found.values() for link in copies[one.row.item].links} - copies.keys()
        desk = WatchedDesk(
            Steps(),
            knowledge=self.knowledge,
            now=self.now,
            gate_open=self.gate_open,
            copies={**self._copied(links), **copies},
            executions=found,
            kept=self._kept(found.values()),
        )
        work(desk)
        return desk

    def _copied(self, items: Iterable[UUID]) -> dict[UUID, Copy]:
        return {i: replace(self.copies[i]) for i in items if i in self.copies}

    def _found(
        self, copies: Mapping[UUID, Copy], activations: Collection[int], named: Collection[UUID]
    ) -> dict[UUID, Execution]:
        """Give what is read of the executions of locked items."""
        present = {*activations, *(copy.activation for copy in copies.values())}
        present |= {self.executions[i].row.activation for i in named if i in self.executions}
        revived = {self.executions[i].row.item for i in self.spent.intersection(named)}
        return {
            i: one
            for i, one in self.executions.items()
            if one.row.item in copies and self._is_read(one.row, present, revived)
        }

    def _kept(self, found: Collection[Execution]) -> list[tuple[UUID, int, SignalSeen]]:
        """Give the signals kept of items on which something listens."""
        if not waits_for_signals(self.knowledge):
            return []
        listening = {one.row.item for one in found if one.row.state in LISTEN}
        return [signal for signal in self.signals.values() if signal[0] in listening]

    def _is_read(self, row: ExecutionRow, present: Collection[int], revived: Collection[UUID]) -> bool:
        if row.state in PENDING:
            return True
        return row.activation in present and (row.id not in self.spent or row.item in revived)

    def _write(self, desk: WatchedDesk, claimed: frozenset[UUID]) -> None:
        desk.forget(desk.doubted & self.executions.keys())
        readable = {i for i in desk.changed_copies if self.copies[i].unread and not desk.copies[i].unread}
        self._write_rows(desk)
        self._write_timers(desk, claimed)
        held = (self.executions[i].row for i in self.held - desk.held)
        self.asleep = {row.id for row in held if row.item in readable and row.state == "waiting"}
        self._wake_dependants(desk)
        self.committed.append(desk.steps)
        self.faults += [remark.error for remark in desk.remarks if remark.error is not None]

    def _write_rows(self, desk: WatchedDesk) -> None:
        self.copies |= {i: desk.copies[i] for i in (*desk.changed_copies, *desk.relinked)}
        entered = desk.entered
        self.signals = {k: s for k, s in self.signals.items() if s[1] >= entered.get(s[0], 0)}
        self.signals |= {s[2].id: s for s in desk.signals}
        # The row that is there is newer, and stays.
        self.stale = {i for i in desk.changed if not self._is_newer(desk.executions[i])}
        self.executions |= {i: desk.executions[i] for i in desk.changed if i not in self.stale}
        self.spent |= desk.spent

    def _is_newer(self, execution: Execution) -> bool:
        there = self.executions.get(execution.row.id)
        return there is None or execution.row.version > there.row.version

    def _write_timers(self, desk: WatchedDesk, claimed: frozenset[UUID]) -> None:
        moments = to_fire(desk)
        self.timers |= moments
        self.held -= moments.keys()
        self.timers |= dict.fromkeys(desk.held, self.now + LOOK_AGAIN)
        self.held |= desk.held
        for i in over_timers(desk) - claimed:
            self.timers.pop(i, None)
            self.held.discard(i)

    def _wake_dependants(self, desk: WatchedDesk) -> None:
        waiting = {e.row.item for e in self.executions.values() if moves_with_others(e.row)}
        for changed, words in desk.touched.items():
            dependants = (i for i, copy in self.copies.items() if changed in copy.links and i in waiting)
            self.afresh |= dict.fromkeys(dependants, words)
