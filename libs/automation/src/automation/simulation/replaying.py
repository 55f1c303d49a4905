"""The scheduler's part alone, once more: all that it was told is told to it again, when it heard it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.actions import PerformAction
from contracts.commands import ItemCommand
from contracts.executions import ExecutionRow
from contracts.ids import derived
from contracts.items import ItemEvent

from automation.desk.said import Said
from automation.desk.told import Telling
from automation.knowledge import Knowledge
from automation.simulation.answers import Answers
from automation.simulation.world import Arrival, Happened, World


class Recorded:
    """The outside as it was: every event is history's, and every answer."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.knowledge = Knowledge()

    def learn(self, knowledge: Knowledge) -> None:
        """Go on by another config."""
        self.knowledge = knowledge

    def happen(self, what: Any, now: datetime) -> Iterable[Telling]:
        """Tell it as it was told."""
        del now
        return (what,)

    def answer(self, said: Said, telling: Telling, now: datetime) -> Iterator[Arrival]:
        """Give the recorded answer; what had none has none."""
        data = said.data
        if isinstance(data, PerformAction) and data.execution in self.answers.recorded:
            for at, outcome in self.answers.to_action(data, self.knowledge, now):
                yield Arrival(at, reply(telling, outcome, at))
        elif isinstance(data, ItemCommand) and (answer := self.answers.to_command(data, now)):
            yield Arrival(answer[0], reply(telling, answer[1], answer[0]))

    def follow(self, telling: Telling, now: datetime) -> Iterable[Telling]:
        """Nothing else follows: what did is history."""
        del telling, now
        return ()


def replaying(knowledge: Knowledge, recorded: Mapping[UUID, ExecutionRow]) -> World:
    """Give a world in which all is decided again on what the scheduler was told; it is fed with what `heard` gives."""
    late = {id_: at for id_, row in recorded.items() if (at := looked_at(row)) is not None}
    return World(knowledge, Recorded(Answers(recorded)), late)


def looked_at(row: ExecutionRow) -> datetime | None:
    """Say when an execution was decided; later than it was due, by as much as the machine took."""
    if row.dispatched_at is not None:
        return row.dispatched_at
    return row.finished_at if row.due_at is not None and row.state != "cancelled" else None


def heard(history: Sequence[Happened], recorded: Mapping[UUID, ExecutionRow]) -> list[Happened]:
    """Give a history at the moments when the scheduler heard it, which its plans of entries tell."""
    planned: dict[UUID | None, list[datetime]] = {}
    for row in recorded.values():
        planned.setdefault(row.cause, []).append(row.planned_at)
    last: dict[UUID, datetime] = {}
    moved = []
    for one in history:
        at = one.at
        if isinstance(one.what, Telling) and isinstance(one.what.data, ItemEvent):
            item = one.what.data.item.id
            # What it cancelled names it too, and was planned before it; what recurs was planned later.
            first = min((then for then in planned.get(one.what.envelope.id, ()) if then >= at), default=at)
            at = max(first, last.get(item, first))
            last[item] = at
        moved.append(Happened(at, one.what))
    return sorted(moved, key=lambda one: one.at)


def reply(telling: Telling, data: Any, at: datetime) -> Telling:
    """Make the message that answers another."""
    envelope = telling.envelope
    id_ = derived("simulated", type(data).TYPE, envelope.id, getattr(data, "whom", ""))
    told = {"id": id_, "type": type(data).TYPE, "time": at, "cause": envelope.follow()}
    return Telling(type(envelope)(source="/simulation", subject=envelope.subject, **told), data)
