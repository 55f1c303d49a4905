"""What crm-api is asked to do, on `crm.commands`; it decides each on the truth, in one transaction."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.activities import ActivityKind
from contracts.data import Data, JsonObject, Part
from contracts.people import Among
from contracts.questions import AskedField
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
    """Move the item to a stage: of its own pipeline, or of the one named; there the first where none is."""

    TYPE: ClassVar[str] = "crm.command.move-item.v1"
    stage: str
    pipeline: str = ""


class ChangeItem(ItemCommand):
    """Set fields of the item; `responsible` and `title` are fields too."""

    TYPE: ClassVar[str] = "crm.command.change-item.v1"
    fields: JsonObject


class DeleteItem(ItemCommand):
    """Delete the item."""

    TYPE: ClassVar[str] = "crm.command.delete-item.v1"


class CreateFromItem(ItemCommand):
    """Make another item from the item, the two linked both ways; the answer's result `id` is the new one's.

    `purpose` is what the new one is to the item: something that follows from it, a sale once more, or a copy of it in
    another pipeline. `mapping` names, for fields of the new item, fields of the item; without it what both types have
    alike is taken; `fields` override either. The title is the item's where none is given.
    """

    TYPE: ClassVar[str] = "crm.command.create-from-item.v1"
    purpose: Literal["conversion", "repeat", "copy"] = "conversion"
    type: str
    pipeline: str = ""
    stage: str = ""
    title: str | None = None
    mapping: dict[str, str] | None = None
    fields: JsonObject = Field(default_factory=dict)


class AssignItem(ItemCommand):
    """Make a person responsible: `to` is one, or says how one of those `among` whom is chosen."""

    TYPE: ClassVar[str] = "crm.command.assign-item.v1"
    to: str
    among: Among | None = None


class FetchItems(ItemCommand):
    """Read items of a type: of a pipeline and a stage where they are named, that fulfil all conditions of `where`.

    A condition names a field and has one operator, as those of lists do. `order` is a field, with a minus before it
    where the largest come first. The answer's results are `items`, each with the fields to `bring`, `count` and
    `first`.
    """

    TYPE: ClassVar[str] = "crm.command.fetch-items.v1"
    type: str
    pipeline: str = ""
    stage: str = ""
    where: tuple[JsonObject, ...] = ()
    order: str = "-id"
    limit: int = 10
    bring: tuple[str, ...] = ()


class AskEmployee(ItemCommand):
    """Ask people for values, and answer with what the first of them says, or that nobody did until the deadline.

    `people` are their ids; with `role` anyone who has it may answer, with `department` anyone in it.
    """

    TYPE: ClassVar[str] = "crm.command.ask-employee.v1"
    text: str
    people: tuple[str, ...] = ()
    role: str = ""
    department: str = ""
    asked: tuple[AskedField, ...]
    deadline: datetime | None = None


class ScheduleActivity(ItemCommand):
    """Put an activity into the calendar of its assignee; the answer's results are its `id` and its `url`.

    `people` are others of ours who take part, `contact` is the client, who is invited by mail where `invite` names the
    account to send through. `remind` is the interval before it at which those of ours are reminded. With
    `auto_complete` it is done as soon as the item enters another stage.
    """

    TYPE: ClassVar[str] = "crm.command.schedule-activity.v1"
    kind: ActivityKind
    subject: str
    description: str = ""
    assignee: str = ""
    people: tuple[str, ...] = ()
    contact: UUID | None = None
    invite: str = ""
    starts_at: datetime
    ends_at: datetime | None = None
    place: str = ""
    important: bool = False
    auto_complete: bool = False
    remind: str = ""


class Remind(ItemCommand):
    """Remind people of something at a moment; the answer's result is the reminder's `id`."""

    TYPE: ClassVar[str] = "crm.command.remind.v1"
    text: str
    people: tuple[str, ...] = ()
    at: datetime


class PostToFeed(ItemCommand):
    """Post to the item's stream; the answer's result `post` is its id.

    `people` may read it beside those who may read the item, and all of ours with `everyone`. `author` is the person in
    whose name it is, empty for the rule itself; `sender` names either.
    """

    TYPE: ClassVar[str] = "crm.command.post-to-feed.v1"
    text: str
    people: tuple[str, ...] = ()
    everyone: bool = False
    author: str = ""
    sender: str = ""


class WithdrawCommand(Data):
    """Take back a command that is not answered yet; it is answered `cancelled`."""

    TYPE: ClassVar[str] = "crm.command.withdraw.v1"
    execution: UUID
    round: int
    item: UUID
    reason: str
