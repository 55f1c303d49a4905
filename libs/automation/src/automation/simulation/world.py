"""A history, run on a virtual clock: what happened, what is due, and what follows from either, each at its moment."""

import heapq
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from contracts.actions import PerformAction
from contracts.commands import ItemCommand
from contracts.config import ConfigChanged
from contracts.envelope import Envelope
from contracts.executions import ExecutionRow
from contracts.ids import derived

from automation.desk.executions import ACTOR
from automation.desk.handlers import HANDLERS
from automation.desk.said import Said
from automation.desk.told import Telling
from automation.knowledge import Knowledge
from automation.simulation.memory import Memory
from automation.simulation.planner import Planner
from automation.simulation.recorder import Effect, commanded, performed


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing of a history, at its moment; what it is, the outside knows."""

    at: datetime
    what: Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, and when it arrives."""

    at: datetime
    telling: Telling


class Outside(Protocol):
    """All that is not the scheduler: the record, the workers, people and senders."""

    def learn(self, knowledge: Knowledge) -> None:
        """Go on by another config."""

    def happen(self, what: Any, now: datetime) -> Iterable[Telling | Arrival]:
        """Give what a thing of the history announces."""

    def answer(self, said: Said, telling: Telling, now: datetime) -> Iterable[Arrival]:
        """Give what comes of something that the scheduler says."""

    def follow(self, telling: Telling, now: datetime) -> Iterable[Telling | Arrival]:
        """Give what else follows from a message."""


class World:
    """Runs a history; `late` names moments before which executions are not looked at, as they were not then."""

    def __init__(self, knowledge: Knowledge, outside: Outside, late: Mapping[UUID, datetime] | None = None) -> None:
        self.outside = outside
        self.effects: list[Effect] = []
        self.now = datetime.min.replace(tzinfo=UTC)
        self.memory = Memory()
        self.planner = Planner(knowledge, self.memory, self.set_timer)
        self.late = late or {}
        self._agenda: list[tuple[datetime, int, UUID | Telling]] = []
        self._order = itertools.count()
        self._queue: deque[Telling] = deque()
        outside.learn(knowledge)

    def run(self, history: Iterable[Happened], until: datetime) -> None:
        """Run a history, which is in order, and what is due up to a moment."""
        for _ in self.steps(history, until):
            pass

    def steps(self, history: Iterable[Happened], until: datetime) -> Iterator[datetime]:
        """Run a history thing by thing, and give how far it has come."""
        for one in history:
            self._advance(one.at)
            self.now = max(one.at, self.now)
            self._happen(one)
            yield one.at
        self._advance(until)

    def set_timer(self, at: datetime, execution: UUID) -> None:
        """Look at an execution at a moment."""
        at = max(at, self.late.get(execution, at))
        heapq.heappush(self._agenda, (at, next(self._order), execution))

    def rows(self) -> Iterator[ExecutionRow]:
        """Give the executions as they stand."""
        return (execution.row for execution in self.memory.executions.values())

    def _happen(self, one: Happened) -> None:
        if isinstance(one.what, ConfigChanged):
            said = list(self.planner.learn(one.what, one.at))
            self.outside.learn(self.planner.knowledge)
            self._hear(said, one.at)
        else:
            self._expect(self.outside.happen(one.what, one.at), one.at)
        self._drain(one.at)

    def _advance(self, to: datetime) -> None:
        agenda = self._agenda
        while agenda and agenda[0][0] <= to:
            at, _, due = heapq.heappop(agenda)
            # What was past when it was planned is late, and the clock never goes back.
            now = self.now = max(at, self.now)
            if isinstance(due, Telling):
                self._queue.append(due)
            else:
                self._hear(self.planner.fire(due, now), now)
            self._drain(now)

    def _drain(self, now: datetime) -> None:
        while self._queue:
            telling = self._queue.popleft()
            if type(telling.data) in HANDLERS:
                self._hear(self.planner.take(telling, now), now)
            self._expect(self.outside.follow(telling, now), now)

    def _hear(self, said: Iterable[Said], now: datetime) -> None:
        for one in said:
            self._write_down(one, now)
            self._expect(self.outside.answer(one, telling_of(one, now), now), now)

    def _expect(self, told: Iterable[Telling | Arrival], now: datetime) -> None:
        """Take messages that are there, and put off those that arrive later."""
        for one in told:
            if isinstance(one, Arrival) and one.at > now:
                heapq.heappush(self._agenda, (one.at, next(self._order), one.telling))
            else:
                self._queue.append(one.telling if isinstance(one, Arrival) else one)

    def _write_down(self, said: Said, now: datetime) -> None:
        match said.data:
            case PerformAction() as action:
                self.effects.append(performed(action, self.memory.executions[action.execution].row, now))
            case ItemCommand() as command:
                self.effects.append(commanded(command, self.memory.executions[command.execution].row, now))
            case _:
                pass


def telling_of(said: Said, now: datetime) -> Telling:
    """Make the message of what the scheduler says; its id derives from what it is about."""
    data: Any = said.data
    id_ = derived("simulated", type(data).TYPE, data.execution, getattr(data, "round", 1))
    return Telling(Envelope(id_, type(data).TYPE, ACTOR, "", now, said.cause, said.persons), data)
