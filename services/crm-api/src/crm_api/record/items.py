"""An item while one transaction changes it, and the one event that tells of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from contracts.config import Pipeline
from contracts.data import JsonObject
from contracts.items import (
    Change,
    Item,
    ItemChanged,
    ItemDeleted,
    ItemEvent,
    ItemSignalled,
    ItemStageChanged,
    Link,
    SignalSeen,
    Suppression,
)
from contracts.rules import RuleSetRef

from crm_api.fields import FieldError, missing

LARGEST_ITEM = 40_000
MOST_LINKS = 20


class ItemUnknown(LookupError):
    """No item has this id."""

    def __init__(self, item: UUID) -> None:
        super().__init__(f"there is no item {item}")
        self.item = item


class ItemGone(LookupError):
    """The item is deleted; nothing of it changes any more."""

    def __init__(self, item: UUID) -> None:
        super().__init__(f"item {item} is deleted")
        self.item = item


@dataclass(frozen=True, slots=True)
class Stored:
    """An item as the database holds it: with the number of the rule set of its activation, and why it is suppressed."""

    item: Item
    rule_set: int = 0
    suppressed: str | None = None


@dataclass(slots=True)
class Draft:
    """An item while a transaction changes it; `before` is None for one that is made now.

    `hushed` names the job whose change wakes no trigger, though it is no entry.
    """

    before: Stored | None
    item: Item
    rule_set: int
    suppressed: str | None
    changed: dict[str, Change] = field(default_factory=dict)
    why: str = ""
    signal: SignalSeen | None = None
    hushed: str | None = None

    @classmethod
    def of(cls, stored: Stored) -> "Draft":
        """Begin with an item as it stands."""
        return cls(stored, stored.item, stored.rule_set, stored.suppressed)

    @property
    def entered(self) -> bool:
        """Say whether the item stands in another stage than before, or in its first."""
        before = ("", "") if self.before is None else (self.before.item.pipeline, self.before.item.stage)
        return bool(self.item.stage) and (self.item.pipeline, self.item.stage) != before

    @property
    def altered(self) -> bool:
        """Say whether there is more to tell than a signal."""
        return self.before is None or self.item is not self.before.item

    @property
    def refilled(self) -> bool:
        """Say whether values of the item may be others than before; a move keeps the very same ones."""
        before = self.before.item if self.before else None
        return before is None or before.fields is not self.item.fields or before.deleted != self.item.deleted

    @property
    def unlinked(self) -> bool:
        """Say whether the item links no more to something that it linked to."""
        return self.before is not None and not set(self.before.item.links) <= set(self.item.links)

    def place(self, pipeline: Pipeline, stage: str, now: datetime, suppressed: str | None) -> None:
        """Enter a stage: one activation more than before, however often one transaction moves."""
        before = 0 if self.before is None else self.before.item.activation
        there = {"pipeline": pipeline.id, "stage": stage, "activation": before + 1, "entered_at": now}
        self.item = self.item.model_copy(update=there)
        self.rule_set = pipeline.rule_set
        self.suppressed = suppressed
        if self.before is not None and not self.entered:
            # Back where it stood: for everyone else it never left.
            kept = {"activation": before, "entered_at": self.before.item.entered_at}
            self.item = self.item.model_copy(update=kept)
            self.rule_set, self.suppressed = self.before.rule_set, self.before.suppressed

    def put(self, values: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Change]:
        """Set fields and attributes that have been read, and give those that really changed."""
        fields = {k: v for k, v in {**self.item.fields, **values}.items() if v is not None}
        changes = {k: Change(old=self.item.fields.get(k), new=v) for k, v in values.items()}
        changes |= {k: Change(old=getattr(self.item, k), new=v) for k, v in attributes.items()}
        changes = {k: change for k, change in changes.items() if change.old != change.new}
        if changes:
            self.item = self.item.model_copy(update={"fields": fields, **attributes})
            self._note(changes)
        return changes

    def add_link(self, link: Link) -> bool:
        """Link to another item; gives False where it is linked so already; raises `FieldError` at the limit."""
        if link in self.item.links:
            return False
        if len(self.item.links) >= MOST_LINKS:
            raise FieldError("links", f"an item has at most {MOST_LINKS} links", "leave some out")
        self.item = self.item.model_copy(update={"links": (*self.item.links, link)})
        self._note({f"links.{link.role}": Change(new=str(link.id))})
        return True

    def remove_link(self, link: Link) -> bool:
        """Link no more to another item; gives False where it is not linked so."""
        if link not in self.item.links:
            return False
        self.item = self.item.model_copy(update={"links": tuple(one for one in self.item.links if one != link)})
        self._note({f"links.{link.role}": Change(old=str(link.id))})
        return True

    def delete(self) -> None:
        """Delete the item."""
        self.item = self.item.model_copy(update={"deleted": True})

    def restore(self) -> None:
        """Take the deletion back; it is a change like any other, and no entry."""
        self.item = self.item.model_copy(update={"deleted": False})
        self._note({"deleted": Change(old=True, new=False)})

    def seal(self, knowledge: Knowledge) -> None:
        """Number the change, and note whether required fields are empty; raises `FieldError` for a too large item."""
        if not self.altered:
            return
        type_ = knowledge.types.get(self.item.type)
        incomplete = bool(type_ and missing(type_, self.item))
        version = 1 if self.before is None else self.before.item.version + 1
        self.item = self.item.model_copy(update={"version": version, "incomplete": incomplete})
        if self.changed or self.before is None:
            self._fits()

    def event(self, knowledge: Knowledge, linked: Sequence[Item]) -> ItemEvent | None:
        """Give what is announced of it; None where nothing is."""
        job = self.suppressed if self.hushed is None else self.hushed
        told: JsonObject = {
            "item": self.item,
            "linked": tuple(linked),
            "config": knowledge.revision,
            "rule_set": RuleSetRef(pipeline=self.item.pipeline, number=self.rule_set) if self.item.pipeline else None,
            "suppressed": Suppression(job=job) if job is not None else None,
            "changed": self.changed,
            "signal": self.signal,
            "why": self.why,
        }
        if not self.altered:
            return ItemSignalled(**told) if self.signal else None
        if self.item.deleted:
            return ItemDeleted(**told)
        if self.entered:
            return ItemStageChanged(**told, **self._from())
        return ItemChanged(**told)

    def _from(self) -> JsonObject:
        if self.before is None:
            return {}
        left = self.before.item
        return {
            "from_stage": left.stage,
            "from_pipeline": left.pipeline if left.pipeline != self.item.pipeline else None,
        }

    def _note(self, changes: Mapping[str, Change]) -> None:
        for key, change in changes.items():
            first = self.changed.get(key)
            told = change if first is None else Change(old=first.old, new=change.new)
            self.changed[key] = told
            # Of a role there may be several links, which one key tells of.
            if told.old == told.new and not key.startswith("links."):
                del self.changed[key]

    def _fits(self) -> None:
        size = len(self.item.model_dump_json().encode())
        if size > LARGEST_ITEM:
            fix = "keep long texts and rows of goods as files"
            raise FieldError("fields", f"the item is {size} bytes; it may have {LARGEST_ITEM}", fix)


def persons(item: Item, linked: Sequence[Item]) -> tuple[UUID, ...]:
    """Give the contacts whose data a message with these items holds."""
    return tuple(i.id for i in (item, *linked) if i.type == "contact")
