"""Workers and crm-api as the planner sees them: each effect once, a call-off where it comes in time, later reports."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.actions import CancelAction, PerformAction
from contracts.commands import ItemCommand, WithdrawCommand
from contracts.data import Data
from contracts.ids import effect_id
from contracts.items import CommandCompleted
from contracts.outcomes import EffectOutcome, EffectState

# What may follow on a state of an effect.
NEXT: dict[EffectState, tuple[EffectState, ...]] = {
    "planned": ("sent", "failed", "uncertain", "skipped", "missed", "claimed"),
    "claimed": ("sent", "failed", "uncertain"),
    "uncertain": ("sent", "failed"),
    "sent": ("confirmed", "bounced"),
}


@dataclass(slots=True)
class Effect:
    """One effect in the worker's ledger."""

    asked: PerformAction
    whom: str
    state: EffectState = "planned"
    version: int = 0

    @property
    def open(self) -> bool:
        """Say whether more may become of it."""
        return self.state in NEXT


@dataclass(slots=True)
class Workers:
    """The ledger of all effects, and the commands that nobody has answered."""

    effects: dict[UUID, Effect] = field(default_factory=dict)
    commands: dict[UUID, ItemCommand] = field(default_factory=dict)

    def hear(self, said: Data) -> None:
        """Take what the planner said; a call-off reaches what is not claimed yet."""
        if isinstance(said, PerformAction):
            for recipient in said.recipients:
                id_ = effect_id(said.execution, recipient.whom)
                known = self.effects.get(id_)
                if known is None or known.state not in {"sent", "confirmed", "bounced"}:
                    version = known.version if known else 0
                    self.effects[id_] = Effect(said, recipient.whom, version=version)
        elif isinstance(said, ItemCommand):
            self.commands[said.execution] = said

    def called_off(self, said: CancelAction, at: datetime) -> list[EffectOutcome]:
        """Give the answers to a call-off: what is planned is cancelled, what is claimed goes on."""
        planned = [i for i, e in self.effects.items() if e.asked.execution == said.execution and e.state == "planned"]
        return [self.answer(i, "cancelled", at) for i in planned]

    def withdrawn(self, said: WithdrawCommand) -> list[CommandCompleted]:
        """Give the answer to a withdrawal, none where the command was answered before."""
        command = self.commands.get(said.execution)
        if command is None or command.round != said.round:
            return []
        del self.commands[said.execution]
        return [
            CommandCompleted(execution=said.execution, item=said.item, round=said.round, outcome="cancelled", config=1)
        ]

    def answer(self, effect: UUID, state: EffectState, at: datetime) -> EffectOutcome:
        """Bring an effect to a state, and tell of it."""
        one = self.effects[effect]
        one.state, one.version = state, one.version + 1
        return EffectOutcome(
            effect=effect,
            execution=one.asked.execution,
            item=one.asked.item,
            activation=one.asked.activation,
            round=one.asked.round,
            effects=len(one.asked.recipients),
            whom=one.whom,
            state=state,
            version=one.version,
            at=at,
        )

    def complete(self, execution: UUID, *, done: bool) -> CommandCompleted:
        """Answer a command."""
        command = self.commands.pop(execution)
        outcome = "done" if done else "failed"
        return CommandCompleted(execution=execution, item=command.item, round=command.round, outcome=outcome, config=1)
