"""A desk that remembers each step of each row, and what was said in between."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.actions import PerformAction
from contracts.commands import ItemCommand
from contracts.data import Data
from contracts.envelope import Cause
from contracts.executions import ExecutionRow
from contracts.topics import Topic
from typing_extensions import override

from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.facts import Facts


@dataclass(frozen=True, slots=True)
class Step:
    """One row as it was kept, and what it replaced."""

    before: ExecutionRow | None
    after: ExecutionRow


@dataclass(frozen=True, slots=True)
class Seen:
    """What was known when something was said of an execution."""

    row: ExecutionRow
    facts: Facts
    changed_at: datetime | None
    unread: int | None


@dataclass(slots=True)
class Steps:
    """What one transaction did, in order; `acts` is what was known at each act on the world."""

    rows: list[Step] = field(default_factory=list)
    said: list[Data] = field(default_factory=list)
    acts: list[Seen] = field(default_factory=list, compare=False)


class WatchedDesk(Desk):
    """A desk under which nothing goes unseen."""

    def __init__(self, steps: Steps, **parts: Any) -> None:
        self.steps = steps
        super().__init__(**parts)

    @override
    def put(self, row: ExecutionRow, cause: Cause) -> Execution:
        known = self.executions.get(row.id)
        self.steps.rows.append(Step(known.row if known else None, row))
        return super().put(row, cause)

    @override
    def say(self, topic: Topic, data: Data, execution: Execution, contacts: Iterable[UUID | None] = ()) -> None:
        self.steps.said.append(data)
        if isinstance(data, PerformAction | ItemCommand):
            row = execution.row
            seen = self.facts(row, self.rule(row))
            copy = self.copies[row.item]
            self.steps.acts.append(Seen(row, seen, copy.changed_at, copy.unread))
        super().say(topic, data, execution, contacts)
