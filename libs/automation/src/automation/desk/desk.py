"""The working set of one transaction: what was read under its locks, what changed of it, and what must be said.

All decisions of a batch happen here, in memory; who laid the desk keeps what it holds at the end: a database, a test,
a simulation.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from contracts.data import Data
from contracts.envelope import Cause
from contracts.executions import ExecutionRow
from contracts.items import Item, SignalSeen
from contracts.rules import Rule
from contracts.topics import Topic

from automation import variables
from automation.desk.copies import Copy
from automation.desk.executions import TIMED, Execution
from automation.desk.said import Remark, Said
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.planning import outlasts_its_stage


class RuleUnknown(LookupError):
    """An execution names a rule that the config does not hold."""


def as_it_is(said: Said) -> Said:
    """Let what is said stay as it is."""
    return said


class Desk:
    """What one transaction works on; nothing here waits for anything.

    `pack` makes what is said ready to travel, and raises `Unsayable` where it cannot.
    """

    def __init__(
        self,
        *,
        knowledge: Knowledge,
        now: datetime,
        gate_open: bool,
        copies: dict[UUID, Copy],
        executions: dict[UUID, Execution],
        kept: Sequence[tuple[UUID, int, SignalSeen]] = (),
        pack: Callable[[Said], Any] = as_it_is,
    ) -> None:
        self.knowledge = knowledge
        self.now = now
        self.gate_open = gate_open
        self.pack = pack
        self.kept = kept
        self.copies = copies
        self.executions: dict[UUID, Execution] = {}
        self._of_item: dict[UUID, dict[UUID, None]] = {}
        self.changed_copies: dict[UUID, None] = {}
        self.relinked: dict[UUID, None] = {}
        self.touched: dict[UUID, str] = {}
        self.entered: dict[UUID, int] = {}
        self.signals: list[tuple[UUID, int, SignalSeen]] = []
        self.changed: dict[UUID, None] = {}
        self.held: set[UUID] = set()
        self.spent: set[UUID] = set()
        self.doubted: set[UUID] = set()
        self.awake: set[UUID] = set()
        self.said: list[Any] = []
        self.remarks: list[Remark] = []
        for execution in executions.values():
            self._keep(execution)
        self.had_timer = frozenset(e.row.id for e in executions.values() if e.row.state in TIMED)

    def take(self, item: Item, words: str) -> None:
        """Keep a newer version of an item; `words` tell those that wait for its dates why they are computed again."""
        copy = self.copies[item.id]
        links, known = copy.links, copy.item is not None
        if not copy.take(item):
            return
        self.changed_copies[item.id] = None
        if known:
            self.touched[item.id] = words
        if copy.links != links:
            self.relinked[item.id] = None

    def changed_copy(self, copy: Copy) -> None:
        """Note that a copy must be written."""
        self.changed_copies[copy.id] = None

    def linked(self, item: Item) -> tuple[Item, ...]:
        """Give what an item links to, as far as it is known, in the order of its links."""
        copies = (self.copies.get(link.id) for link in item.links)
        return tuple(copy.item for copy in copies if copy is not None and copy.item is not None)

    def of(self, item: UUID, activation: int | None = None) -> Iterator[Execution]:
        """Give the executions of an item, of all its activations or of one."""
        for execution_id in tuple(self._of_item.get(item, ())):
            execution = self.executions[execution_id]
            if activation is None or execution.row.activation == activation:
                yield execution

    def rule(self, row: ExecutionRow) -> Rule:
        """Give the rule of an execution as it was published; raises `RuleUnknown`."""
        rule = self.knowledge.rule(row.rule_set, row.rule)
        if rule is None:
            raise RuleUnknown(f"{row.rule_set.pipeline}/{row.rule_set.number} has no rule {row.rule}")
        return rule

    def heard(self, row: ExecutionRow) -> list[SignalSeen]:
        """Give the signals that reached an item since an execution's activation: what stays on leave hears them all."""
        return [s for item, at, s in (*self.kept, *self.signals) if item == row.item and at >= row.activation]

    def may_run(self, row: ExecutionRow, rule: Rule) -> bool:
        """Say whether what waits may still run: its item stands there, or its rule stays or belongs to the entry."""
        copy = self.copies[row.item]
        return not copy.gone and (copy.activation == row.activation or outlasts_its_stage(rule))

    def facts(self, row: ExecutionRow, rule: Rule) -> Facts:
        """Give what a decision about an execution sees."""
        copy = self.copies[row.item]
        if copy.item is None:
            raise LookupError(f"nothing is known of item {row.item}")
        ended = [e.row for e in self.of(row.item, row.activation) if e.row.results]
        settings = variables.settings(ended)
        before = copy.entry if copy.entry is not None and copy.entry.activation == row.activation else None
        return Facts(
            copy.item,
            self.linked(copy.item),
            self.knowledge,
            results={self._key(one, row): one.results for one in sorted(ended, key=partial(_nearness, row))},
            variables=variables.values(settings),
            settings=len(settings),
            before=before,
            rule=rule,
        )

    def put(self, row: ExecutionRow, cause: Cause) -> Execution:
        """Keep a new or changed row."""
        execution = Execution(row, cause)
        self._keep(execution)
        self.changed[row.id] = None
        return execution

    def forget(self, known: Iterable[UUID]) -> None:
        """Take back new rows of what was not read and is there, and what is behind them; these are of `doubted`."""
        first: dict[tuple[UUID, int, str], int] = {}
        for row in (self.executions[i].row for i in known):
            group = row.item, row.activation, row.occurrence
            first[group] = min(row.position, first.get(group, row.position))
        for row in (self.executions[i].row for i in self.doubted):
            if first.get((row.item, row.activation, row.occurrence), row.position + 1) <= row.position:
                self.changed.pop(row.id, None)
                self.awake.discard(row.id)

    def hold(self, row: ExecutionRow) -> None:
        """Let a due execution wait until it is looked at again."""
        self.held.add(row.id)

    def wake(self, item: UUID) -> None:
        """Let what waits of an item be looked at again at once."""
        self.awake.update(e.row.id for e in self.of(item) if e.row.state == "waiting")

    def say(self, topic: Topic, data: Data, execution: Execution, contacts: Iterable[UUID | None] = ()) -> None:
        """Say what follows from an execution; raises `Unsayable` where it is too large to travel."""
        item = execution.row.item
        persons = {*self.persons(item), *(contact for contact in contacts if contact)}
        self.said.append(self.pack(Said(topic, item, data, execution.cause, tuple(sorted(persons)))))

    def named(self, execution: UUID) -> Execution | None:
        """Give an execution that a message names; where there is none, that is noted for the log."""
        found = self.executions.get(execution)
        if found is None:
            self.remark("no such execution", execution)
        return found

    def remark(self, words: str, execution: UUID, error: Exception | None = None) -> None:
        """Note something for the log."""
        self.remarks.append(Remark(words, execution, error))

    def persons(self, item: UUID) -> set[UUID]:
        """Give the contacts whose data what is said about an item may hold."""
        copy = self.copies.get(item)
        if copy is None or copy.item is None:
            return set()
        links = {link.id for link in copy.item.links if link.type == "contact"}
        return links | ({item} if copy.item.type == "contact" else set())

    def _key(self, ended: ExecutionRow, row: ExecutionRow) -> str:
        """Give what the rule set of a row calls a rule that has ended: a publish since may have renamed it."""
        if ended.rule_set.number == row.rule_set.number:
            return ended.rule_key
        rule = self.knowledge.rule(row.rule_set, ended.rule)
        return ended.rule_key if rule is None else rule.key

    def _keep(self, execution: Execution) -> None:
        self.executions[execution.row.id] = execution
        self._of_item.setdefault(execution.row.item, {})[execution.row.id] = None


def _nearness(row: ExecutionRow, other: ExecutionRow) -> tuple[bool, str]:
    """Sort the occurrences of a rule so that the one whose results a row means comes last: its own, else the latest."""
    return other.occurrence == row.occurrence, other.occurrence
