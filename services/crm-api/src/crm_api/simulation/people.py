"""What people did, done once more: to the item as it stands in the simulation, which may be elsewhere by now."""

from collections.abc import Iterator

from automation.desk.told import Telling
from contracts.data import JsonObject
from contracts.items import Item, ItemDeleted, ItemEvent, ItemRulesApplied, ItemStageChanged
from contracts.rules import RuleSetRef

from crm_api.fields import FieldError
from crm_api.record.items import Draft
from crm_api.simulation.history import Changed
from crm_api.simulation.turn import Turn


class Doing:
    """One thing that somebody did; `notes` say what could not be done as it was."""

    def __init__(self, turn: Turn, what: Changed) -> None:
        self.turn = turn
        self.before = what.before
        self.telling = what.telling
        self.event: ItemEvent = what.telling.data
        self.notes: list[str] = []

    def announced(self) -> list[Telling]:
        """Do it, and give what is announced of it."""
        draft = self.turn.draft(self.event.item.id)
        if isinstance(self.event, ItemRulesApplied):
            return [self._applied(draft)] if draft else []
        if draft is None:
            if self.before is not None:
                self.notes.append("there is no such item in the simulation")
                return []
            self._make()
        elif not self._change(draft):
            return []
        return self.turn.announce()

    def _make(self) -> None:
        event = self.event
        pipeline = self.turn.knowledge.pipelines.get(event.item.pipeline)
        draft = self.turn.make(event.item, pipeline, event.item.stage, suppressed_by(event))
        draft.changed = dict(event.changed)
        draft.signal, draft.why = event.signal, event.why

    def _change(self, draft: Draft) -> bool:
        event = self.event
        if not self._may_change(draft.item):
            return False
        self._set(draft, self.before or draft.item)
        if isinstance(event, ItemStageChanged):
            self._place(draft, event)
        elif event.suppressed is not None and event.suppressed.job == str(self.telling.envelope.cause.correlation):
            draft.hushed = event.suppressed.job
        draft.signal, draft.why = event.signal, event.why
        return True

    def _may_change(self, item: Item) -> bool:
        """Say whether there is an item to change; what is deleted can only be restored."""
        if not item.deleted or (self.before and self.before.deleted and not self.event.item.deleted):
            return True
        if not self.event.item.deleted:
            self.notes.append("the item is deleted in the simulation")
        return False

    def _set(self, draft: Draft, before: Item) -> None:
        after = self.event.item
        draft.put(changed_fields(before, after), changed_attributes(before, after))
        for link in set(before.links) - set(after.links):
            draft.remove_link(link)
        for link in (one for one in after.links if one not in before.links):
            try:
                draft.add_link(link)
            except FieldError as error:
                self.notes.append(str(error))
        if before.deleted and not after.deleted:
            draft.restore()
        elif isinstance(self.event, ItemDeleted):
            draft.delete()

    def _place(self, draft: Draft, event: ItemStageChanged) -> None:
        item = event.item
        pipeline = self.turn.knowledge.pipelines.get(item.pipeline)
        if draft.item.stage == item.stage and draft.item.pipeline == item.pipeline:
            self.notes.append(f"somebody moved it to {item.stage}; it stands there already")
            return
        if draft.item.stage != event.from_stage:
            self.notes.append(
                f"somebody moved it from {event.from_stage} to {item.stage}; it stood in {draft.item.stage}"
            )
        if pipeline is None or pipeline.stage(item.stage) is None:
            self.notes.append(f"there is no stage {item.stage}")
        if pipeline is not None:
            draft.place(pipeline, item.stage, self.turn.now, suppressed_by(event))

    def _applied(self, draft: Draft) -> Telling:
        item = draft.item
        pipeline = self.turn.knowledge.pipelines.get(item.pipeline)
        number = pipeline.rule_set if pipeline else 0
        update = {
            "item": item,
            "linked": self.turn.record.linked(item),
            "rule_set": RuleSetRef(pipeline=item.pipeline, number=number),
        }
        return Telling(self.telling.envelope, self.event.model_copy(update=update), item.version)


def suppressed_by(event: ItemEvent) -> str | None:
    """Give the job that lets an entry make nothing."""
    return event.suppressed.job if event.suppressed else None


def changed_fields(before: Item, after: Item) -> JsonObject:
    """Give the fields that somebody changed; None empties one."""
    return {
        key: after.fields.get(key) for key in _either(before, after) if before.fields.get(key) != after.fields.get(key)
    }


def changed_attributes(before: Item, after: Item) -> JsonObject:
    """Give what else of an item somebody changed."""
    return {
        name: getattr(after, name) for name in ("title", "responsible") if getattr(before, name) != getattr(after, name)
    }


def _either(before: Item, after: Item) -> Iterator[str]:
    yield from before.fields
    yield from (key for key in after.fields if key not in before.fields)
