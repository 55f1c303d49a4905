"""One row of the ledger: one outside act of one execution, for one recipient."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.actions import NO_RULE, PerformAction, Recipient
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.ids import effect_id
from contracts.outcomes import EffectOutcome, EffectState

# What account an effect goes through where nobody can tell: there is no such connection, or several fit.
UNKNOWN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect as the ledger holds it; each change raises `version`.

    `attempts` counts the claims ever made, `last_attempt` is the number of the one after which it fails.
    `asked_at` is when the action of this round was ordered; a cancel from before does not concern it.
    `repeatable` says that the provider knows a second request by its key, so that it may be asked again.
    `withdrawn` is why a claimed effect must not be tried again. `doubled` says that an attempt before this one may
    have been accepted too. `account` names what it goes through (`traffic/naming.py`), as far as that is known.
    """

    id: UUID
    execution: UUID
    kind: str
    action: str
    item: UUID
    activation: int
    round: int
    effects: int
    recipient: Recipient
    connection: str
    params: JsonObject
    asked_at: datetime
    not_before: datetime
    expires_at: datetime | None
    at_least_once: bool
    repeatable: bool
    last_attempt: int
    cause: Cause
    at: datetime
    state: EffectState = "planned"
    version: int = 1
    attempts: int = 0
    claimed_until: datetime | None = None
    withdrawn: str = ""
    doubled: bool = False
    reason: str = ""
    reference: str = ""
    results: JsonObject = field(default_factory=dict)
    account: str = UNKNOWN
    rule: UUID = NO_RULE

    @property
    def whom(self) -> str:
        """For whom it is; stable over rounds."""
        return self.recipient.whom

    @property
    def persons(self) -> tuple[UUID, ...]:
        """The contacts whose data is inside."""
        return (self.recipient.contact,) if self.recipient.contact else ()

    def outcome(self) -> EffectOutcome:
        """Say what became of it, as others hear it."""
        return EffectOutcome(
            effect=self.id,
            execution=self.execution,
            item=self.item,
            activation=self.activation,
            round=self.round,
            effects=self.effects,
            whom=self.whom,
            state=self.state,
            version=self.version,
            reason=self.reason,
            reference=self.reference,
            results=self.results,
            attempts=self.attempts,
            at=self.at,
        )


def ordered(
    action: PerformAction,
    recipient: Recipient,
    *,
    kind: str,
    attempts: int,
    repeatable: bool,
    cause: Cause,
    asked_at: datetime,
    knows_rule: bool = False,
) -> Effect:
    """Make the row that an action asks for, for one of its recipients; its parameters may name the rule."""
    return Effect(
        id=effect_id(action.execution, recipient.whom),
        execution=action.execution,
        kind=kind,
        action=action.action,
        item=action.item,
        activation=action.activation,
        round=action.round,
        effects=len({one.whom for one in action.recipients}),
        recipient=recipient,
        connection=action.connection,
        params={"rule": action.rule_key, **action.params} if knows_rule else action.params,
        asked_at=asked_at,
        not_before=asked_at,
        expires_at=action.expires_at,
        at_least_once=action.at_least_once,
        repeatable=repeatable,
        last_attempt=attempts,
        cause=cause,
        at=asked_at,
        rule=action.rule,
    )
