"""What crm-api announces about items, on `crm.items`; every event carries the whole item after the change."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.data import Data, JsonObject, Part
from contracts.rules import RuleSetRef


class Link(Part):
    """A link from one item to another under a role, such as `contact` or `invoice`."""

    role: str
    type: str
    id: UUID


class Item(Part):
    """One record of an element type, whole.

    `pipeline` is `<type>/<key>`, empty for types without stages; `version` rises by one with each change;
    `activation` counts the entries into stages, for ever; `entered_at` is when the present one began.
    """

    id: UUID
    type: str
    pipeline: str = ""
    stage: str = ""
    version: int
    activation: int = 0
    entered_at: datetime
    created_at: datetime
    title: str = ""
    responsible: str | None = None
    fields: JsonObject = Field(default_factory=dict)
    links: tuple[Link, ...] = Field(default=(), max_length=20)
    incomplete: bool = False
    deleted: bool = False

    def linked(self, role: str) -> UUID | None:
        """Give the first item linked under a role."""
        return next((link.id for link in self.links if link.role == role), None)


class Change(Part):
    """The value of one field before and after."""

    old: Any = None
    new: Any = None


class Suppression(Part):
    """The entry makes no execution and wakes no trigger; the job says why."""

    job: str


class SignalSeen(Part):
    """The signal that reached this item, and what it did here."""

    id: UUID
    kind: str
    happened_at: datetime
    payload: JsonObject = Field(default_factory=dict)
    moved: bool = False
    why_not: str = ""


class ItemEvent(Data):
    """What each announcement about an item carries.

    `config` is the last config revision that the transaction saw, `rule_set` the one that holds for the
    present activation, `linked` the records that the item links to, each whole and with its version.
    """

    item: Item
    linked: tuple[Item, ...] = Field(default=(), max_length=20)
    config: int
    rule_set: RuleSetRef | None = None
    suppressed: Suppression | None = None
    changed: dict[str, Change] = Field(default_factory=dict)
    signal: SignalSeen | None = None
    why: str = ""


class ItemStageChanged(ItemEvent):
    """The item entered a stage; `from` is null at creation, `from_pipeline` where the stage before was in this one."""

    TYPE: ClassVar[str] = "crm.item.stage-changed.v1"
    from_stage: str | None = Field(default=None, alias="from")
    from_pipeline: str | None = None


class ItemChanged(ItemEvent):
    """Fields, links or the responsible changed, or the item was restored; the stage did not change."""

    TYPE: ClassVar[str] = "crm.item.changed.v1"


class ItemDeleted(ItemEvent):
    """The item is deleted."""

    TYPE: ClassVar[str] = "crm.item.deleted.v1"


class ItemSignalled(ItemEvent):
    """A signal reached the item and changed nothing of it."""

    TYPE: ClassVar[str] = "crm.item.signalled.v1"


class ItemSnapshot(ItemEvent):
    """The item as it stands, for readers that start anew; refreshes copies and plans nothing by itself.

    With `since`, an activation entered at that moment or later is planned too, where it was not yet.
    """

    TYPE: ClassVar[str] = "crm.item.snapshot.v1"
    since: datetime | None = None


class ItemRulesApplied(ItemEvent):
    """Rules that the item has not met in its present activation are to hold for it too, because a person asked.

    `rule_set` is the one that is applied, `rules` those of it that are meant (none named: all of the stage). Times
    count from the entry, or from `counts_from` where it is set. `job` is the bulk apply that it belongs to.
    """

    TYPE: ClassVar[str] = "crm.item.rules-applied.v1"
    job: UUID
    rules: tuple[UUID, ...] = ()
    counts_from: datetime | None = None


class CommandCompleted(Data):
    """What became of a command of an execution; follows the change that it caused, on the same key."""

    TYPE: ClassVar[str] = "crm.command.completed.v1"
    execution: UUID
    item: UUID
    round: int
    outcome: Literal["done", "cancelled", "failed"]
    reason: str = ""
    results: JsonObject = Field(default_factory=dict)
    config: int


class RelayProgress(Data):
    """All that crm-api committed for this partition before `published_until` (real time) precedes this record."""

    TYPE: ClassVar[str] = "crm.relay.progress.v1"
    published_until: datetime
