"""All that is not the scheduler, while history is run once more: people and senders as they were, the record here."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from automation.desk.said import Said
from automation.desk.told import Telling
from automation.inside_signals import inside_signals
from automation.knowledge import Knowledge
from automation.simulation.answers import Answers
from automation.simulation.replaying import reply
from automation.simulation.world import Arrival
from automation.triggers import fitting
from contracts.actions import CancelAction, PerformAction
from contracts.commands import ApplySignal, AskEmployee, ItemCommand, WithdrawCommand
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.ids import derived
from contracts.items import CommandCompleted, ItemChanged, ItemStageChanged
from contracts.outcomes import EffectOutcome

from crm_api.inside.commands import cause_of
from crm_api.simulation import signals
from crm_api.simulation.circles import Circles
from crm_api.simulation.commands import DO, Done, carry_out
from crm_api.simulation.history import Changed, Signalled
from crm_api.simulation.people import Doing
from crm_api.simulation.record import MemoryRecord
from crm_api.simulation.settling import LookAtItem, Windows
from crm_api.simulation.turn import SOURCE, Turn

CANNOT_KNOW = "a simulation cannot know what the record would answer, and history has no answer"


@dataclass(frozen=True, slots=True)
class Note:
    """What could not be simulated as it happened."""

    at: datetime
    item: UUID | None
    words: str


class Simulated:
    """Answers the scheduler as crm-api and the workers would; `operators` own rules that may do all."""

    def __init__(self, record: MemoryRecord, answers: Answers, operators: Collection[str] = ()) -> None:
        self.record = record
        self.answers = answers
        self.operators = operators
        self.notes: list[Note] = []
        # Effects that quiet hours put off, by their execution: a leave may still call them off.
        self._put_off: dict[UUID, list[EffectOutcome]] = {}
        self._circles = Circles()
        self._windows = Windows()

    def learn(self, knowledge: Knowledge) -> None:
        """Go on by another config."""
        self.record.knowledge = knowledge

    def happen(self, what: Any, now: datetime) -> Iterable[Telling | Arrival]:
        """Let a person do, or a sender send, what they did then."""
        if isinstance(what, Changed):
            return self._changed(what, now)
        if isinstance(what, Signalled):
            return self._signalled(what, now)
        told: Telling = what
        return (told,)

    def answer(self, said: Said, telling: Telling, now: datetime) -> Iterator[Arrival]:
        """Give what workers answer; what crm-api is asked goes to it."""
        data = said.data
        if isinstance(data, PerformAction):
            for at, outcome in self.answers.to_action(data, self.record.knowledge, now):
                if at > now and data.execution not in self.answers.recorded:
                    self._put_off.setdefault(data.execution, []).append(outcome)
                yield Arrival(at, reply(telling, outcome, at))
        elif isinstance(data, CancelAction):
            yield from self._called_off(data, telling, now)
        elif isinstance(data, AskEmployee):
            yield from self._asked_of_people(data, telling, now)
        elif isinstance(data, ItemCommand | WithdrawCommand):
            yield Arrival(now, telling)

    def follow(self, telling: Telling, now: datetime) -> Iterator[Telling | Arrival]:
        """Give what follows from a message: signals that a change is, moves by triggers, what commands change."""
        data = telling.data
        if isinstance(data, ItemStageChanged | ItemChanged):
            yield from self._signals_of(telling, data)
        elif isinstance(data, ApplySignal):
            turn = self._turn(telling.envelope.follow(actor="system").hop(), now)
            signals.apply(turn, data.signal, self._windows)
            yield from turn.announce()
            yield from self._windows.looks()
        elif isinstance(data, LookAtItem):
            turn = self._turn(telling.envelope.cause, now)
            self._windows.close(turn, data.item)
            yield from turn.announce()
        elif isinstance(data, WithdrawCommand):
            yield self._completed(data, Done("cancelled", data.reason), telling.envelope.cause, now)
        elif isinstance(data, ItemCommand) and not isinstance(data, AskEmployee):
            yield from self._carry_out(data, telling, now)

    def note(self, at: datetime, item: UUID | None, words: str) -> None:
        """Note what could not be simulated as it happened."""
        self.notes.append(Note(at, item, words))

    def _changed(self, what: Changed, now: datetime) -> list[Telling]:
        envelope = what.telling.envelope
        doing = Doing(self._turn(envelope.cause, now, envelope.id), what)
        told = doing.announced()
        for words in doing.notes:
            self.note(now, what.telling.data.item.id, words)
        return told

    def _signalled(self, what: Signalled, now: datetime) -> Iterator[Telling | Arrival]:
        command: ApplySignal = what.telling.data
        cause = what.telling.envelope.follow(actor="system").hop()
        turn = self._turn(cause, now)
        settled, _ = signals.apply(turn, command.signal, self._windows)
        yield from turn.announce()
        yield from self._windows.looks()
        if settled:
            return
        for made in what.made:
            yield from self._changed(Changed(made, None), now)
        if command.nobody.do == "create" and not what.made:
            self.note(now, None, f"{command.signal.kind} would make an item, of which history knows nothing")

    def _signals_of(self, telling: Telling, event: ItemStageChanged | ItemChanged) -> Iterator[Telling]:
        knowledge = self.record.knowledge
        for signal in inside_signals(event, telling.envelope, knowledge):
            if triggers := fitting(signal, knowledge):
                command = ApplySignal(signal=signal, triggers=triggers, config=knowledge.revision)
                id_ = derived(command.TYPE, signal.id)
                cause = telling.envelope.follow("system")
                yield Telling(Envelope(id_, command.TYPE, SOURCE, "", telling.envelope.time, cause), command)

    def _carry_out(self, command: ItemCommand, telling: Telling, now: datetime) -> Iterator[Telling]:
        cause = cause_of(command, telling.envelope.follow())
        if type(command) not in DO:
            recorded = self.answers.to_command(command, now)
            done = Done("failed", CANNOT_KNOW)
            yield reply(telling, recorded[1], now) if recorded else self._completed(command, done, cause, now)
            return
        turn = self._turn(cause, now)
        done = carry_out(turn, command, self.answers.results(command.execution), self.operators)
        yield from turn.announce()
        yield self._completed(command, done, cause, now)

    def _called_off(self, data: CancelAction, telling: Telling, now: datetime) -> Iterator[Arrival]:
        for outcome in self._put_off.pop(data.execution, ()):
            if outcome.at > now:
                # Of two answers of one version the first one counts.
                off = outcome.model_copy(update={"state": "cancelled", "reason": data.reason, "at": now})
                yield Arrival(now, reply(telling, off, now))

    def _asked_of_people(self, command: AskEmployee, telling: Telling, now: datetime) -> Iterator[Arrival]:
        if recorded := self.answers.to_command(command, now):
            yield Arrival(recorded[0], reply(telling, recorded[1], recorded[0]))
        elif command.deadline is not None:
            done = Done("failed", f"not answered until {command.deadline:%Y-%m-%d %H:%M} UTC")
            yield Arrival(command.deadline, self._completed(command, done, telling.envelope.cause, command.deadline))

    def _completed(self, of: ItemCommand | WithdrawCommand, done: Done, cause: Cause, now: datetime) -> Telling:
        told = {"outcome": done.outcome, "reason": done.reason, "results": done.results}
        named = {
            "execution": of.execution,
            "item": of.item,
            "round": of.round,
            "config": self.record.knowledge.revision,
        }
        answer: Data = CommandCompleted.model_validate({**named, **told})
        id_ = derived("command-completed", of.execution, of.round)
        return Telling(Envelope(id_, answer.TYPE, SOURCE, "", now, cause), answer)

    def _turn(self, cause: Cause, now: datetime, event: UUID | None = None) -> Turn:
        return Turn(self.record, self._circles, cause, now, event)
