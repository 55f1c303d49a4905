"""What a worker is asked to do, on `actions.<kind>`; complete: addresses, consents and texts are resolved."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.data import Data, JsonObject, Part

# What is asked for by a person, or follows from what one did, has in the place of a rule.
NO_RULE = UUID(int=0)


class Recipient(Part):
    """For whom one effect is: `whom` is stable over rounds and makes the effect's id.

    `missing` says in words why there is no way to reach them; then the effect is `skipped`. `zone` is the time zone in
    which they live, where that is written down.
    """

    whom: str
    name: str = ""
    address: str = ""
    contact: UUID | None = None
    missing: str = ""
    zone: str = ""


class PerformAction(Data):
    """Act on the outside world, once for each recipient and round; `activation` is 0 where people ask, and no rule."""

    TYPE: ClassVar[str] = "action.perform.v1"
    execution: UUID
    round: int = 1
    item: UUID
    item_type: str
    activation: int
    rule: UUID
    rule_key: str
    action: str
    connection: str = ""
    recipients: tuple[Recipient, ...]
    params: JsonObject = Field(default_factory=dict)
    of_entry: bool = False
    at_least_once: bool = False
    due_at: datetime
    expires_at: datetime | None = None
    config: int


class CancelAction(Data):
    """Cancel the effects of an execution that are not yet claimed."""

    TYPE: ClassVar[str] = "action.cancel.v1"
    execution: UUID
    item: UUID
    reason: str


class ConfirmEffect(Data):
    """A person says what became of an `uncertain` effect."""

    TYPE: ClassVar[str] = "action.confirm.v1"
    effect: UUID
    item: UUID
    sent: bool
    by: str


class AppAnswered(Data):
    """An app answers later what became of an effect; `attempt` is the number of the call that it answers."""

    TYPE: ClassVar[str] = "action.answered.v1"
    app: str
    effect: UUID
    attempt: int
    outcome: Literal["done", "failed"]
    reason: str = ""
    results: JsonObject = Field(default_factory=dict)
    at: datetime


class SetSuppression(Data):
    """Somebody says that an address is written to no more, or may be again; SMS and calls share a phone.

    A `person` is one of ours; `stop` is the owner by a word like STOP, whose START lifts what that made alone.
    """

    TYPE: ClassVar[str] = "action.set-suppression.v1"
    way: Literal["email", "phone"]
    address: str
    suppressed: bool
    reason: str = ""
    by: str
    kind: Literal["person", "stop"] = "person"


class ProviderCallback(Data):
    """A provider reports later what became of an effect; it refines the row, never the chain.

    `suppress` says why nothing should go to that address any more (a hard bounce, a complaint), "" where it may.
    """

    TYPE: ClassVar[str] = "action.callback.v1"
    provider: str
    effect: UUID
    reference: str
    state: Literal["sent", "confirmed", "bounced"]
    reason: str = ""
    suppress: str = ""
    at: datetime
