"""How what a simulation would have done differs from what really happened."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from contracts.executions import ExecutionRow

from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.reading import read_rule
from automation.simulation.recorder import Effect

Difference = Literal["only_simulated", "only_real", "another_time", "another_text"]
# What really happens takes its time on its way through the services.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Compared:
    """One effect as it was simulated, as it was, or both, with the rows that tell the rest; no difference: alike."""

    at: datetime
    effect: Effect | None
    row: ExecutionRow | None
    real: ExecutionRow | None
    differs: tuple[Difference, ...]


def compare(
    effects: Iterable[Effect],
    rows: Mapping[UUID, ExecutionRow],
    real: Mapping[UUID, ExecutionRow],
    knowledge: Knowledge,
) -> list[Compared]:
    """Compare effects with the executions that really were sent on their way, in order of time.

    `rows` are the simulated executions, `knowledge` knows the rule sets of both.
    """
    found = [_simulated(effect, rows[effect.execution], real.get(effect.execution), knowledge) for effect in effects]
    simulated = {one.effect.execution for one in found if one.effect is not None}
    found += (Compared(at, None, None, row, ("only_real",)) for at, row in _sent(real, simulated))
    return sorted(found, key=lambda one: one.at)


def _sent(real: Mapping[UUID, ExecutionRow], besides: set[UUID]) -> Iterator[tuple[datetime, ExecutionRow]]:
    for id_, row in real.items():
        if id_ not in besides and row.dispatched_at is not None:
            yield row.dispatched_at, row


def _simulated(effect: Effect, row: ExecutionRow, real: ExecutionRow | None, knowledge: Knowledge) -> Compared:
    if real is None or real.dispatched_at is None:
        return Compared(effect.at, effect, row, None, ("only_simulated",))
    differs: list[Difference] = []
    if abs(real.dispatched_at - effect.at) > LATE:
        differs.append("another_time")
    if said(row, knowledge) != said(real, knowledge):
        differs.append("another_text")
    return Compared(effect.at, effect, row, real, tuple(differs))


def said(row: ExecutionRow, knowledge: Knowledge) -> Any:
    """Give what decides about an effect's texts: its action as it is written, and the values that they saw."""
    rule = knowledge.rule(row.rule_set, row.rule)
    if rule is None:
        return row.action
    try:
        paths = read_rule(rule, knowledge).call.paths
    except DocumentError:
        paths = ()
    return rule.do, {path: row.seen.get(path) for path in paths}
