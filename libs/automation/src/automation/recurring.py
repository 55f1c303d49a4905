"""The next occurrence of a rule that recurs, with a row for each rule that waits for it."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.executions import ExecutionRow
from contracts.items import Item
from contracts.rules import Rule

from automation.documents import DocumentError
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.planning import plan_rule
from automation.reading import read_rule
from automation.rows import Place, new_row, read_plan
from automation.settling import counts_from, follows, was_decided
from automation.timing import DueAt, PlanContext, Planned, Recurring, SkippedPast, Timing
from automation.timing.plans import ONCE


@dataclass(frozen=True, slots=True)
class _Series:
    """The occurrences of one rule in one activation, seen from one of them."""

    row: ExecutionRow
    rule: Rule
    timing: Timing
    moment: PlanContext

    def after(self) -> Iterator[ExecutionRow]:
        """Give the rows of the occurrences after this one, up to the first that waits."""
        timing, moment = self.timing, self.moment
        while isinstance(timing, Recurring):
            planned = timing.following(moment)
            yield from self.rows(planned)
            if not isinstance(planned, SkippedPast):
                return
            moment = replace(moment, occurrence=planned.occurrence)

    def instead(self) -> Iterator[ExecutionRow]:
        """Give the rows of what takes the place of this occurrence."""
        planned = self._instead()
        fell_away = self.row.state == "skipped" and not was_decided(self.row)
        if fell_away or _name(planned) < self.row.occurrence:
            yield from self.rows(planned)

    def sooner(self, taken: Collection[str]) -> Iterator[ExecutionRow]:
        """Give the rows of the first occurrence ahead, none of those taken, that comes before this one."""
        timing, moment = self.timing, self.moment
        if not isinstance(timing, Recurring):
            return
        ahead = max(moment.now, moment.entered_at)
        planned = timing.first(replace(moment, occurrence="", counts_from=ahead))
        while isinstance(planned, DueAt) and planned.occurrence in taken and planned.occurrence < self.row.occurrence:
            planned = timing.following(replace(moment, occurrence=planned.occurrence))
        if isinstance(planned, DueAt) and planned.occurrence < self.row.occurrence:
            yield from self.rows(planned)

    def rows(self, planned: Planned) -> Iterator[ExecutionRow]:
        """Give the row of the rule, and of those behind it that wait for it."""
        place = Place.of(self.row)
        before = [new_row(self.rule, self.row.position, place, read_plan(planned), self.moment.now)]
        rules = self.moment.facts.knowledge.rules(self.row.rule_set, self.row.stage)
        at = next((number for number, one in enumerate(rules) if one.id == self.rule.id), len(rules))
        first = replace(self.moment, occurrence="")
        for position, rule in enumerate(rules[at + 1 :], at + 1):
            if not follows(rule, self.moment.facts.knowledge):
                break
            before.append(plan_rule(rule, position, place, first, before))
        yield from before

    def _instead(self) -> Planned:
        if isinstance(self.timing, Recurring):
            return self.timing.instead(self.moment)
        return self.timing.plan(replace(self.moment, occurrence=""))


def next_rows(  # noqa: PLR0917 - the truth in the order in which an event brings it
    row: ExecutionRow, rule: Rule, item: Item, linked: tuple[Item, ...], knowledge: Knowledge, now: datetime
) -> tuple[ExecutionRow, ...]:
    """Plan the occurrence after one that has fired; a rule that does not recur has none."""
    series = _series(row, rule, item, linked, knowledge, now)
    return tuple(_as_far_as_told(series.after())) if series else ()


def instead_rows(  # noqa: PLR0917 - as above
    row: ExecutionRow, rule: Rule, item: Item, linked: tuple[Item, ...], knowledge: Knowledge, now: datetime
) -> tuple[ExecutionRow, ...]:
    """Plan what takes the place of an occurrence that fell away, or comes before one that moved; it may be known."""
    series = _series(row, rule, item, linked, knowledge, now)
    # What neither recurs nor did has nothing in its place.
    if series is None or not (series.timing.recurs or row.occurrence != ONCE):
        return ()
    return tuple(_as_far_as_told(series.instead()))


def sooner_rows(  # noqa: PLR0917 - as above
    row: ExecutionRow,
    rule: Rule,
    item: Item,
    linked: tuple[Item, ...],
    knowledge: Knowledge,
    now: datetime,
    *,
    taken: Collection[str],
) -> tuple[ExecutionRow, ...]:
    """Plan the first occurrence ahead that comes before one that waits, and is none of those taken, if there is one."""
    series = _series(row, rule, item, linked, knowledge, now)
    return tuple(_as_far_as_told(series.sooner(taken))) if series else ()


def _series(  # noqa: PLR0917 - as above
    row: ExecutionRow, rule: Rule, item: Item, linked: tuple[Item, ...], knowledge: Knowledge, now: datetime
) -> _Series | None:
    try:
        timing = read_rule(rule, knowledge).timing
    except DocumentError:
        return None
    if timing.after_previous_rule:
        return None
    moment = PlanContext(Facts(item, linked, knowledge), now, occurrence=row.occurrence, counts_from=counts_from(row))
    return _Series(row, rule, timing, moment)


def _as_far_as_told(rows: Iterator[ExecutionRow]) -> Iterator[ExecutionRow]:
    """Give rows until a moment cannot be computed, as without working hours; what they follow on has failed by that."""
    with suppress(DocumentError):
        yield from rows


def _name(planned: Planned) -> str:
    return getattr(planned, "occurrence", ONCE)
