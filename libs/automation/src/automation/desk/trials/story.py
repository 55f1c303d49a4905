"""One story of the planner: what it is told and when, what workers answer, and the laws after each transaction."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID

from contracts.actions import CancelAction
from contracts.commands import WithdrawCommand
from contracts.config import ConfigChanged, Pause
from contracts.executions import ExecutionRow
from contracts.items import ItemEvent, ItemRulesApplied, ItemStageChanged
from contracts.rules import Rule, RuleSetRef

from automation.desk.told import Told
from automation.desk.trials.acts import check_acts, check_awake, check_blocked, check_called_off, check_news
from automation.desk.trials.company import Company
from automation.desk.trials.laws import check_all, check_entry
from automation.desk.trials.laws import told as row_words
from automation.desk.trials.moments import check_chains, check_moments, check_series
from automation.desk.trials.rest import check_rest
from automation.desk.trials.storage import Storage
from automation.desk.trials.workers import Workers
from automation.knowledge import Knowledge
from automation.reading import read_rule
from automation.testing import NOW, PIPELINE, record

How = Literal["now", "with the next", "late"]
Waiting = Literal["keep", "migrate", "cancel"]
# No story has more to do at one moment than this many turns.
TURNS = 400
MOMENTS = 20
FAR = timedelta(days=3)


class Story:
    """The planner's storage, the company and the workers around it, and what is on its way between them."""

    def __init__(self, knowledge: Knowledge, deals: int) -> None:
        self.storage = Storage(knowledge, NOW)
        self.company = Company(deals, lambda: self.storage.now)
        self.workers = Workers()
        self.number = 0
        self.queue: list[Told] = []
        self.late: list[Told] = []
        self.before: list[Told] = []
        self.answers: list[Told] = []
        self.entries: list[tuple[UUID, int, list[UUID]]] = []
        self.broken = False

    def publish(self, stages: Mapping[str, Sequence[Rule]], waiting: Waiting) -> None:
        """Publish the rules of each stage."""
        self.number += 1
        told = [{"stage": key, "rules": [one.model_dump() for one in rules]} for key, rules in stages.items()]
        data = {"pipeline": PIPELINE, "number": self.number, "stages": told, "published_by": "ann", "waiting": waiting}
        change = record("rule-set", f"{PIPELINE}/{self.number}", data, self.number)
        self.storage.knowledge = self.storage.knowledge.with_([change])
        self.company.rule_set = RuleSetRef(pipeline=PIPELINE, number=self.number)

    def pause(self, pause: Pause) -> None:
        """Pause or resume something; what is held is looked at again."""
        change = record("pause", f"{pause.scope}:{pause.of}", pause, self.number)
        self.storage.knowledge = self.storage.knowledge.with_([change])
        self.storage.resume()

    def tell(self, told: Told, how: How = "now", *, lost: bool = False) -> None:
        """Let the planner hear of something at once, together with the next, or after it."""
        if how == "late":
            self.late.append(told)
            return
        self.queue.append(told)
        if how == "now":
            batch, self.queue = self.queue, []
            self.take(batch, lost=lost)

    def take(self, batch: list[Told], *, lost: bool = False) -> None:
        """Let a batch be taken, and check the laws."""
        self.storage.take(batch, lost=lost)
        self.before += batch
        for told in batch:
            self._note_entry(told.data)
        self.check()

    def _note_entry(self, event: object) -> None:
        """Note the rules that must have rows by now: of an entry, and of what was applied while the item is there."""
        if not isinstance(event, ItemStageChanged | ItemRulesApplied) or event.rule_set is None:
            return
        item, activation = event.item.id, event.item.activation
        meant: tuple[UUID, ...] = ()
        if isinstance(event, ItemRulesApplied):
            if not self.storage.copies[item].still_in(activation):
                return
            meant = event.rules
        ids = [one.id for one in self.storage.knowledge.rules(event.rule_set, event.item.stage)]
        self.entries.append((item, activation, [one for one in ids if not meant or one in meant]))

    def lose(self, told: Told) -> None:
        """Let an item's announcement be one that nobody can read."""
        event: ItemEvent = told.data
        self.storage.mark_unread(event.item.id, told.offset)

    def learn(self, change: ConfigChanged) -> None:
        """Change what moments rest on; what waits hears of it later."""
        self.storage.learn(change)

    def walk(self, *, lost: bool = False) -> None:
        """Compute afresh what rests on what was changed."""
        before = len(self.storage.committed)
        self.storage.walk(lost=lost)
        if len(self.storage.committed) > before:
            self.check()

    def ring(self, execution: UUID, *, lost: bool = False) -> None:
        """Let a timer ring, whether it is due or not."""
        if self.storage.gate_open:
            self.storage.ring(execution, lost=lost)
            self.check()

    def fire(self, due: Sequence[UUID], *, lost: bool = False) -> None:
        """Fire timers that are due, if the gate is open."""
        if due and self.storage.gate_open:
            self.storage.fire(due, lost=lost)
            self.check()

    def compute_afresh(self, *, lost: bool = False) -> None:
        """Compute the items afresh that wait for dates which have changed."""
        if self.storage.afresh:
            self.storage.compute_afresh(lost=lost)
            self.check()

    def bring_up(self, item: UUID, *, lost: bool = False) -> None:
        """Bring an item up to what was published."""
        self.storage.bring_up(item, lost=lost)
        self.check()

    def next_moment(self) -> None:
        """Let time go on until a timer is due, some days at most."""
        ahead = [at for at in self.storage.timers.values() if at > self.storage.now]
        if ahead:
            self.storage.now = min(*ahead, self.storage.now + FAR)

    def until_due(self, named: str) -> None:
        """Let time go on until something is due that counts from a date, ten days at most."""
        rows = [one.row for one in self.storage.executions.values() if one.row.state == "waiting"]
        rows = [row for row in rows if self._date_path(row) == named and row.due_at is not None]
        ahead = [row.due_at for row in rows if row.due_at and row.due_at <= self.storage.now + FAR * 3]
        self.storage.now = max(self.storage.now, min(ahead, default=self.storage.now))

    def _date_path(self, row: ExecutionRow) -> str | None:
        rule = self.storage.knowledge.rule(row.rule_set, row.rule)
        return read_rule(rule, self.storage.knowledge).timing.date_path if rule else None

    def change_linked(self, deal: UUID, named: str, day: str | None) -> None:
        """Change a date of a deal, or of what it links to."""
        type_, _, field = named.partition(".")
        links = {link.role: link.id for link in self.company.items[deal].links}
        of = deal if type_ == "item" else links.get(type_)
        if of is not None:
            self.tell(self.company.change(of, **{field: day}))

    def check(self) -> None:
        """Check the laws after a transaction, and let the workers hear what it said."""
        self.broken = True
        check_all(self.storage)
        check_moments(self.storage)
        check_chains(self.storage)
        check_series(self.storage)
        check_acts(self.storage)
        check_news(self.storage)
        check_called_off(self.storage)
        check_blocked(self.storage)
        check_awake(self.storage)
        for item, activation, rules in self.entries:
            check_entry(self.storage, item, activation, rules)
        self.broken = False
        for said in self.storage.committed[-1].said:
            self.workers.hear(said)
            if isinstance(said, CancelAction):
                self.answers += map(self.company.told, self.workers.called_off(said, self.storage.now))
            elif isinstance(said, WithdrawCommand):
                self.answers += map(self.company.told, self.workers.withdrawn(said))

    def end(self) -> None:
        """Let everything that is on its way arrive, and see that nothing is left lying."""
        if not self.broken:
            self._let_all_arrive()
            self._check_nothing_is_stuck()
            self._check_nothing_is_open()

    def _let_all_arrive(self) -> None:
        self.storage.gate_open = True
        for pause in self.storage.knowledge.pauses.values():
            self.pause(pause.model_copy(update={"paused": False}))
        for told in [*self.late, *self.queue]:
            self.take([told])
        for item in [i for i, copy in self.storage.copies.items() if copy.unread is not None]:
            self.take([self.company.snapshot(item)])

    def _check_nothing_is_stuck(self) -> None:
        for _ in range(MOMENTS):
            self._let_all_be_done()
            stuck = [row_words(self.storage.executions[i].row) for i in self.storage.due()]
            assert not stuck, f"what is due stays so: {stuck}"
            check_rest(self.storage)
            self.next_moment()
        self._let_all_be_done()

    def _check_nothing_is_open(self) -> None:
        rows = [execution.row for execution in self.storage.executions.values()]
        left = [row for row in rows if row.state in {"dispatched", "uncertain"}]
        assert not left, f"what was answered is still open: {left}"

    def _let_all_be_done(self) -> None:
        for _ in range(TURNS):
            batch, self.answers = [*self.answers, *self._answered()], []
            if batch:
                self.take(batch)
            self.compute_afresh()
            self.walk()
            due = self.storage.due()
            self.fire(due)
            if not (batch or due):
                return

    def _answered(self) -> list[Told]:
        now, open_ = self.storage.now, {"planned", "claimed", "uncertain"}
        effects = [i for i, effect in self.workers.effects.items() if effect.state in open_]
        sent = [self.company.told(self.workers.answer(i, "sent", now)) for i in effects]
        done = [self.company.told(self.workers.complete(i, done=True)) for i in list(self.workers.commands)]
        return [*sent, *done]
