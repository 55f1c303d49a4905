"""What became of effects, on `actions.outcomes`."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.data import Data, JsonObject

EffectState = Literal[
    "planned",
    "buffered",
    "claimed",
    "awaited",
    "sent",
    "confirmed",
    "bounced",
    "failed",
    "uncertain",
    "skipped",
    "cancelled",
    "missed",
]


class EffectOutcome(Data):
    """The ledger row of one effect after a change; a higher `version` replaces a lower one.

    `effects` is how many effects the execution has in this round, so that a reader knows when all have answered.
    """

    TYPE: ClassVar[str] = "action.outcome.v1"
    effect: UUID
    execution: UUID
    item: UUID
    activation: int
    round: int
    effects: int
    whom: str
    state: EffectState
    version: int
    reason: str = ""
    reference: str = ""
    results: JsonObject = Field(default_factory=dict)
    attempts: int = 0
    at: datetime
