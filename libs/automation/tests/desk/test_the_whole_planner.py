"""Whatever happens in whatever order: each rule of each entry has its rows, and nothing runs early, twice or too late.

`PLANNER_EXAMPLES` and `PLANNER_STEPS` in the environment make more stories, and longer ones.
"""

import os
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.desk.orders import RETRYABLE
from automation.desk.trials.pools import ACTIONS, ANN, BEHIND, CALENDARS, SHAPES, TIMINGS
from automation.desk.trials.story import How, Story, Waiting
from automation.desk.trials.workers import NEXT
from automation.testing import NOW, PIPELINE, record, rule, shop
from contracts.config import Pause
from contracts.executions import PENDING, ExecutionRow
from contracts.orders import CancelExecution, RetryExecution
from contracts.rules import Rule
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition
from hypothesis.stateful import rule as step
from typing_extensions import override

EXAMPLES = int(os.environ.get("PLANNER_EXAMPLES", "250"))
STEPS = int(os.environ.get("PLANNER_STEPS", "40"))

OPTIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"do": st.sampled_from(ACTIONS)},
    optional={
        "keep_on_leave": st.just(True),
        "when": st.just({"field": "item.pieces", "greater": 1}),
        "catch_up": st.sampled_from(["skip", "run", "run_if_late_by_at_most 3 hours"]),
    },
)
STAGES = st.sampled_from(["new", "documents"])
DAYS = st.one_of(st.none(), st.integers(-2, 4).map(lambda days: (NOW + timedelta(days=days)).date().isoformat()))
SPANS = st.sampled_from([timedelta(minutes=1), timedelta(hours=1), timedelta(hours=5), timedelta(days=1)])
CHOICE = st.integers(0, 1_000)
SETS_WAITING = st.sampled_from(["keep", "migrate", "cancel"])
HOW = st.sampled_from(["now", "now", "now", "with the next", "late"])
# Whether the transaction breaks off once before it is made.
LOST = st.booleans()


@st.composite
def written(draw: st.DrawFn, stage: str) -> list[Rule]:
    """Write the rules of a stage, each of them with those that wait for it."""
    firsts = draw(st.lists(st.sampled_from(sorted(TIMINGS.keys() - BEHIND)), unique=True, min_size=1, max_size=3))
    behind = draw(st.lists(st.sampled_from(sorted(BEHIND)), unique=True, max_size=2))
    at = draw(st.integers(0, len(firsts) - 1)) + 1
    shape = draw(st.one_of(st.none(), st.sampled_from(SHAPES)))
    keys = (*firsts[:at], *behind, *firsts[at:])
    if shape is not None:
        keys = (*shape, *(key for key in keys if key not in shape))
    made: list[Rule] = []
    for key in keys:
        parts = draw(OPTIONS)
        made.append(rule(key, parts.pop("do"), stage=stage, timing=draw(st.sampled_from(TIMINGS[key])), **parts))
    return made


SETS = st.fixed_dictionaries({"new": written("new"), "documents": written("documents")})


class Planner(RuleBasedStateMachine):
    """Everything that can happen to a planner."""

    story: Story | None = None

    @initialize(stages=SETS, deals=st.integers(1, 2), due=DAYS, lost=LOST)
    def begin(self, stages: dict[str, list[Rule]], deals: int, due: str | None, *, lost: bool) -> None:
        self.story = Story(shop(extra=(record("person", "ann", ANN),)), deals)
        self.story.publish(stages, "keep")
        first = self.story.company.deals[0]
        self.story.tell(self.story.company.create(first, "new", {"payment_due": due, "pieces": 2}), lost=lost)

    @property
    def now(self) -> Story:
        """Give the story as it stands."""
        assert self.story is not None
        return self.story

    def deal(self, choice: int) -> UUID | None:
        """Choose one of the deals that there are."""
        company = self.now.company
        alive = [i for i in company.deals if i in company.items and not company.items[i].deleted]
        return alive[choice % len(alive)] if alive else None

    @step(stage=STAGES, due=DAYS, how=HOW, lost=LOST)
    def create(self, stage: str, due: str | None, how: How, *, lost: bool) -> None:
        company = self.now.company
        new = [i for i in company.deals if i not in company.items]
        if new:
            self.now.tell(company.create(new[0], stage, {"payment_due": due}), how, lost=lost)

    @step(choice=CHOICE, stage=STAGES, how=HOW, lost=LOST)
    def move(self, choice: int, stage: str, how: How, *, lost: bool) -> None:
        if deal := self.deal(choice):
            self.now.tell(self.now.company.move(deal, stage), how, lost=lost)

    @step(choice=CHOICE, due=DAYS, how=HOW, lost=LOST)
    def change_date(self, choice: int, due: str | None, how: How, *, lost: bool) -> None:
        if deal := self.deal(choice):
            self.now.tell(self.now.company.change(deal, payment_due=due), how, lost=lost)

    @step(choice=CHOICE, pieces=st.integers(0, 3), how=HOW)
    def change_pieces(self, choice: int, pieces: int, how: How) -> None:
        if deal := self.deal(choice):
            self.now.tell(self.now.company.change(deal, pieces=pieces), how)

    @step(choice=CHOICE, named=st.sampled_from(["contact.birthday", "invoice.pay_before"]), day=DAYS, how=HOW)
    def change_linked(self, choice: int, named: str, day: str | None, how: How) -> None:
        type_, _, field = named.partition(".")
        others = self.now.company.others(type_)
        self.now.tell(self.now.company.change(others[choice % 3 // 2], **{field: day}), how)

    @step(choice=CHOICE, role=st.sampled_from(["contact", "invoice"]), to=st.integers(0, 2), how=HOW)
    def relink(self, choice: int, role: str, to: int, how: How) -> None:
        others = [*self.now.company.others(role), None]
        if deal := self.deal(choice):
            self.now.tell(self.now.company.relink(deal, role, others[to]), how)

    @step(choice=CHOICE, how=HOW, lost=LOST, sure=st.integers(0, 5))
    def delete(self, choice: int, how: How, sure: int, *, lost: bool) -> None:
        if sure == 0 and (deal := self.deal(choice)):
            self.now.tell(self.now.company.delete(deal), how, lost=lost)

    @step(choice=CHOICE, how=HOW)
    def lose(self, choice: int, how: How) -> None:
        """Let a change be unreadable, and at times another follow."""
        if deal := self.deal(choice):
            self.now.lose(self.now.company.change(deal, pieces=choice % 4))
            if choice % 2:
                self.now.tell(self.now.company.change(deal, pieces=2), how)

    @step(choice=CHOICE, some=st.booleans(), since=st.sampled_from([None, -24, 0]), how=HOW, lost=LOST)
    def apply_rules(self, choice: int, since: int | None, how: How, *, some: bool, lost: bool) -> None:
        if deal := self.deal(choice):
            company, knowledge = self.now.company, self.now.storage.knowledge
            rules = knowledge.rules(company.rule_set, company.items[deal].stage)
            meant = tuple(one.id for one in rules[choice % len(rules) :]) if some else ()
            start = None if since is None else self.now.storage.now + timedelta(hours=since)
            self.now.tell(company.apply(deal, meant, start), how, lost=lost)

    @step(to=st.sampled_from(CALENDARS))
    def change_calendar(self, to: dict[str, Any]) -> None:
        self.now.learn(record("calendar", "portal", to, self.now.number))

    @step(hours=st.sampled_from(["20:00", "08:00"]))
    def change_hours(self, hours: str) -> None:
        self.now.learn(record("person", "ann", {**ANN, "weekly": {1: [[hours, "23:00"]]}}, self.now.number))

    @step(lost=LOST)
    def walk(self, *, lost: bool) -> None:
        self.now.walk(lost=lost)

    @step(choice=CHOICE, lost=LOST)
    def ring_early(self, choice: int, *, lost: bool) -> None:
        if timers := sorted(self.now.storage.timers):
            self.now.ring(timers[choice % len(timers)], lost=lost)

    @step(choice=CHOICE, named=st.sampled_from(["item.payment_due", "invoice.pay_before", "contact.birthday"]))
    def change_date_at_the_last_moment(self, choice: int, named: str) -> None:
        """Move a date away when what counts from it is due already, and its timer rings first."""
        self.now.until_due(named)
        day = (self.now.storage.now + timedelta(days=2 + choice % 9)).date().isoformat()
        if deal := self.deal(choice):
            self.now.change_linked(deal, named, day)
        self.now.fire(self.now.storage.due())

    @step(late=st.integers(1, 14))
    def come_back_late(self, late: int) -> None:
        """Stand still for hours from the next moment on."""
        self.now.next_moment()
        self.now.storage.now += timedelta(hours=late)
        self.now.storage.gate_open = True
        self.now.fire(self.now.storage.due())

    @step(choice=CHOICE, how=HOW)
    def snapshot(self, choice: int, how: How) -> None:
        if deal := self.deal(choice):
            self.now.tell(self.now.company.snapshot(deal), how)

    @step(choice=CHOICE, ago=st.sampled_from([0, 1, 30]), how=HOW, lost=LOST)
    def signal(self, choice: int, ago: int, how: How, *, lost: bool) -> None:
        if deal := self.deal(choice):
            happened = self.now.storage.now - timedelta(hours=ago)
            self.now.tell(self.now.company.signal(deal, "email.received", happened), how, lost=lost)

    @precondition(lambda self: self.now.late)
    @step(choice=CHOICE, lost=LOST)
    def comes_late(self, choice: int, *, lost: bool) -> None:
        self.now.take([self.now.late.pop(choice % len(self.now.late))], lost=lost)

    @step(choice=CHOICE, length=st.integers(1, 4))
    def comes_again(self, choice: int, length: int) -> None:
        first = choice % len(self.now.before)
        self.now.take(self.now.before[first : first + length])

    @step(stages=SETS, waiting=SETS_WAITING)
    def publish(self, stages: dict[str, list[Rule]], waiting: Waiting) -> None:
        self.now.publish(stages, waiting)

    @step(choice=CHOICE, lost=LOST)
    def bring_up(self, choice: int, *, lost: bool) -> None:
        known = sorted(self.now.storage.copies)
        self.now.bring_up(known[choice % len(known)], lost=lost)

    @step(scope=st.sampled_from(["all", "pipeline", "rule"]), choice=CHOICE, paused=st.booleans())
    def pause(self, scope: str, choice: int, *, paused: bool) -> None:
        rows = sorted(self.now.storage.executions)
        rule_ = self.now.storage.executions[rows[choice % len(rows)]].row.rule
        of = {"all": "", "pipeline": PIPELINE, "rule": str(rule_)}[scope]
        self.now.pause(Pause.model_validate({"scope": scope, "of": of, "paused": paused}))

    @step(opened=st.booleans())
    def gate(self, *, opened: bool) -> None:
        self.now.storage.gate_open = opened

    def row(self, choice: int, states: Collection[str]) -> ExecutionRow | None:
        """Choose an execution in one of these states."""
        rows = [one.row for _, one in sorted(self.now.storage.executions.items()) if one.row.state in states]
        return rows[choice % len(rows)] if rows else None

    @step(choice=CHOICE, series=st.booleans(), lost=LOST)
    def cancel(self, choice: int, *, series: bool, lost: bool) -> None:
        if row := self.row(choice, PENDING):
            if series:
                self.now.storage.stopped.add((row.rule, row.item, row.activation))
            order = CancelExecution(execution=row.id, item=row.item, by="user:ann", reason="not now", series=series)
            self.now.take([self.now.company.told(order)], lost=lost)

    @step(choice=CHOICE, lost=LOST)
    def retry(self, choice: int, *, lost: bool) -> None:
        if row := self.row(choice, RETRYABLE):
            order = RetryExecution(execution=row.id, item=row.item, by="user:ann")
            self.now.take([self.now.company.told(order)], lost=lost)

    @step(choice=CHOICE, to=CHOICE)
    def act(self, choice: int, to: int) -> None:
        open_ = [i for i, effect in self.now.workers.effects.items() if effect.open]
        if open_:
            effect = open_[choice % len(open_)]
            states = NEXT[self.now.workers.effects[effect].state]
            outcome = self.now.workers.answer(effect, states[to % len(states)], self.now.storage.now)
            self.now.answers.append(self.now.company.told(outcome))

    @step(choice=CHOICE, done=st.booleans())
    def complete(self, choice: int, *, done: bool) -> None:
        open_ = list(self.now.workers.commands)
        if open_:
            answer = self.now.workers.complete(open_[choice % len(open_)], done=done)
            self.now.answers.append(self.now.company.told(answer))

    @precondition(lambda self: self.now.answers)
    @step(choice=CHOICE, twice=st.booleans(), lost=LOST)
    def answer(self, choice: int, *, twice: bool, lost: bool) -> None:
        told = self.now.answers.pop(choice % len(self.now.answers))
        self.now.answers += [told] if twice else []
        self.now.take([told], lost=lost)

    @step(by=SPANS)
    def time_goes_on(self, by: timedelta) -> None:
        self.now.storage.now += by

    @step(long=st.integers(0, 9))
    def next_moment(self, long: int) -> None:
        self.now.next_moment()
        if long == 0:
            self.now.storage.now += timedelta(days=10)

    @step(lost=LOST)
    def goes_on(self, *, lost: bool) -> None:
        self.now.next_moment()
        self.now.fire(self.now.storage.due(), lost=lost)

    @step(many=st.booleans(), lost=LOST)
    def fire(self, *, many: bool, lost: bool) -> None:
        due = self.now.storage.due()
        self.now.fire(due if many else due[:1], lost=lost)

    @step(lost=LOST, sure=st.integers(0, 3))
    def compute_afresh(self, sure: int, *, lost: bool) -> None:
        if sure == 0:
            self.now.compute_afresh(lost=lost)

    @override
    def teardown(self) -> None:
        if self.story is not None:
            self.story.end()


# More stories may take longer. A limit that strikes while garbage is collected is lost in a callback of the library's.
SECONDS = 120 * max(1, EXAMPLES * STEPS // 10_000)

TestPlanner = pytest.mark.timeout(SECONDS)(Planner.TestCase)
TestPlanner.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
