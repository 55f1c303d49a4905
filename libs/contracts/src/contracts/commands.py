"""What crm-api is asked to do, on `crm.commands`; it decides each on the truth, in one transaction."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.data import Data, JsonObject, Part
from contracts.signals import Signal


class FittingTrigger(Part):
    """An enabled trigger whose kind and filter fit the signal."""

    id: UUID
    pipeline: str
    stage: str


class Creation(Part):
    """What to make when nobody is found: the item's place, and which payload field fills which field.

    `fields` and `contact` map a field's key to the payload's key.
    """

    type: str
    pipeline: str
    stage: str
    title: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    contact: dict[str, str] = Field(default_factory=dict)


class Nobody(Part):
    """What the source says should happen when no open item is found."""

    do: Literal["create", "ignore", "hold"] = "ignore"
    create: Creation | None = None


class ApplySignal(Data):
    """Decide a signal on the truth: find the items, choose the one move, write the rest down."""

    TYPE: ClassVar[str] = "crm.command.apply-signal.v1"
    signal: Signal
    triggers: tuple[FittingTrigger, ...] = ()
    nobody: Nobody = Nobody()
    config: int


class NoteRepeat(Data):
    """Note a repeated delivery on the timeline of every item that the first one reached."""

    TYPE: ClassVar[str] = "crm.command.note-repeat.v1"
    first: UUID
    kind: str
    source: str
    delivery: str
    received_at: datetime


class Expects(Part):
    """What the sender decided on; the owner of the truth checks it in its own transaction."""

    activation: int


class ItemCommand(Data):
    """What each command of an execution carries; once by (execution, round).

    `owner` is the person with whose rights the rule acts. `expects` is absent with `keep_on_leave`.
    """

    execution: UUID
    round: int = 1
    item: UUID
    rule: UUID
    owner: str
    expects: Expects | None = None
    expires_at: datetime | None = None
    config: int


class MoveItem(ItemCommand):
    """Move the item to a stage of its pipeline."""

    TYPE: ClassVar[str] = "crm.command.move-item.v1"
    stage: str


class ChangeItem(ItemCommand):
    """Set fields of the item; `responsible` and `title` are fields too."""

    TYPE: ClassVar[str] = "crm.command.change-item.v1"
    fields: JsonObject


class DeleteItem(ItemCommand):
    """Delete the item."""

    TYPE: ClassVar[str] = "crm.command.delete-item.v1"
