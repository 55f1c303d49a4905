"""What a scheduler's database would hold, in memory: copies of items, executions, signals, and who links to whom."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from contracts.executions import PENDING
from contracts.items import SignalSeen

from automation.desk.copies import Copy
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.replanning import moves_with_others
from automation.knowledge import Knowledge


class Memory:
    """All copies and executions; desks are laid for the few items that a decision is about."""

    def __init__(self) -> None:
        self.copies: dict[UUID, Copy] = {}
        self.executions: dict[UUID, Execution] = {}
        self._of: dict[UUID, dict[UUID, Execution]] = {}
        self._signals: dict[UUID, list[tuple[UUID, int, SignalSeen]]] = {}
        self._links: dict[UUID, frozenset[UUID]] = {}
        self._linking: dict[UUID, dict[UUID, None]] = {}

    def add(self, execution: Execution) -> None:
        """Keep a new or changed execution."""
        self.executions[execution.row.id] = execution
        self._of.setdefault(execution.row.item, {})[execution.row.id] = execution

    def add_copy(self, copy: Copy) -> None:
        """Keep a copy, and what it links to."""
        self.copies[copy.id] = copy
        self._relink(copy)

    def desk(
        self,
        knowledge: Knowledge,
        now: datetime,
        item: UUID,
        activation: int | None = None,
        beside: Collection[UUID] = (),
    ) -> Desk:
        """Lay a desk for one item, as the scheduler lays it: its present activation, this one, and all that waits.

        `beside` are items that may be heard of with it.
        """
        copies = {id_: self._copy(id_) for id_ in (item, *beside)}
        copies.update({link: self.copies[link] for link in copies[item].links if link in self.copies})
        return Desk(
            knowledge=knowledge,
            now=now,
            gate_open=True,
            copies=copies,
            executions={e.row.id: e for e in self._in_play(item, activation)},
            kept=tuple(self._signals.get(item, ())),
        )

    def keep(self, desk: Desk) -> None:
        """Keep what a desk changed."""
        for id_ in desk.changed:
            self.add(desk.executions[id_])
        for id_ in desk.spent:
            self._of[self.executions[id_].row.item].pop(id_, None)
        for id_ in desk.relinked:
            self._relink(desk.copies[id_])
        for item, activation in desk.entered.items():
            if item in self._signals:
                self._signals[item] = [seen for seen in self._signals[item] if seen[1] >= activation]
        for seen in desk.signals:
            self._signals.setdefault(seen[0], []).append(seen)

    def of(self, item: UUID) -> Iterable[Execution]:
        """Give the executions of an item, without those of recurring rules that are long over."""
        return self._of.get(item, {}).values()

    def waiting_on(self, changed: Iterable[UUID]) -> Iterator[tuple[UUID, UUID]]:
        """Give the items that link to what changed and of which a moment may move, each with what it links to."""
        for to in changed:
            for item in self._linking.get(to, ()):
                if any(moves_with_others(e.row) for e in self.of(item)):
                    yield item, to

    def items(self) -> Iterable[UUID]:
        """Give the items that have executions."""
        return self._of.keys()

    def _copy(self, id_: UUID) -> Copy:
        found = self.copies.get(id_)
        if found is None:
            found = self.copies[id_] = Copy(id_)
        return found

    def _in_play(self, item: UUID, activation: int | None) -> Iterator[Execution]:
        present = self.copies[item].activation
        for execution in self.of(item):
            row = execution.row
            if row.activation in {present, activation} or row.state in PENDING:
                yield execution

    def _relink(self, copy: Copy) -> None:
        before, after = self._links.get(copy.id, frozenset()), copy.links
        for gone in before - after:
            self._linking[gone].pop(copy.id, None)
        for new in after - before:
            self._linking.setdefault(new, {})[copy.id] = None
        self._links[copy.id] = after
