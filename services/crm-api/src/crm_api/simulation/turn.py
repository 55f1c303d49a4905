"""One transaction's changes to the record in memory: made, numbered, and announced as one event per item at its end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from automation.desk.told import Telling
from automation.knowledge import Knowledge
from contracts.config import Pipeline
from contracts.envelope import Cause, Envelope
from contracts.ids import derived
from contracts.items import Item, ItemEvent, Link, SignalSeen

from crm_api.access.rights import Rights
from crm_api.fields import missing, read_values
from crm_api.record import places
from crm_api.record.items import Draft, Stored, persons
from crm_api.simulation.circles import Circles
from crm_api.simulation.record import MemoryRecord

SOURCE = "/crm-api"


class Turn:
    """The changes that follow from one cause at one moment; bad values raise `FieldError`.

    `event` is the id of the event that announces them, where history has one.
    `rights` are those of whose rule acts, and what they do not allow raises `Forbidden`; None where all may be.
    """

    def __init__(
        self, record: MemoryRecord, circles: Circles, cause: Cause, now: datetime, event: UUID | None = None
    ) -> None:
        self.record = record
        self.circles = circles
        self.cause = cause
        self.now = now
        self.event = event
        self.rights: Rights | None = None
        self._drafts: dict[UUID, Draft] = {}

    @property
    def knowledge(self) -> Knowledge:
        """The config that these changes follow."""
        return self.record.knowledge

    def draft(self, id_: UUID) -> Draft | None:
        """Give an item while it is changed; None for one that is not there."""
        stored = self.record.items.get(id_)
        if id_ not in self._drafts and stored is not None:
            self._drafts[id_] = Draft.of(stored)
        return self._drafts.get(id_)

    def open(self, id_: UUID) -> Draft:
        """Give an item that is there, while it is changed; raises `KeyError`."""
        draft = self.draft(id_)
        if draft is None:
            raise KeyError(id_)
        return draft

    def make(self, item: Item, pipeline: Pipeline | None, stage: str, suppressed: str | None = None) -> Draft:
        """Begin an item that there was not."""
        draft = self._drafts[item.id] = Draft(None, item.model_copy(update={"version": 0, "activation": 0}), 0, None)
        if pipeline is not None:
            draft.place(pipeline, stage, self.now, suppressed)
        return draft

    def move(self, id_: UUID, pipeline: str, stage: str, why: str) -> str:
        """Move an item, and say why not where it goes in circles; standing there already is as good.

        Raises `Forbidden` where a tunnel leads to where the rule's owner may not add items.
        """
        draft = self.open(id_)
        there, stage = places.place(self.knowledge, draft.item, pipeline, stage)
        if (draft.item.pipeline, draft.item.stage) == (there.id, stage):
            return ""
        if refusal := self.circles.refusal(self.cause, id_, (there.id, stage), self.now):
            return refusal
        if draft.item.pipeline != there.id and self.rights is not None:
            self.rights.require("add", draft.item.type, there.id, draft.item.responsible)
        draft.place(there, stage, self.now, None)
        draft.why = why
        return ""

    def settled(self, type_: str, pipeline: str, responsible: str | None) -> str | None:
        """Give who is responsible for an item that is to be made; raises `Forbidden` where it may not be made."""
        return responsible if self.rights is None else self.rights.settled(type_, pipeline, responsible)

    def sees(self, item: Item) -> bool:
        """Say whether an item is there for whose rule acts."""
        return self.rights is None or self.rights.admin or self.rights.may("read", item)

    def set_fields(self, id_: UUID, values: Mapping[str, Any], why: str) -> bool:
        """Set fields, `title` and `responsible` among them; gives False where nothing changed."""
        draft = self.open(id_)
        changes = draft.put(*read_values(self.knowledge, draft.item.type, values))
        draft.why = draft.why or why
        return bool(changes)

    def link(self, id_: UUID, link: Link) -> None:
        """Link an item to another."""
        self.open(id_).add_link(link)

    def signalled(self, id_: UUID, signal: SignalSeen) -> None:
        """Tell that a signal reached an item, in the one event of the item."""
        self.open(id_).signal = signal

    def drop(self) -> None:
        """Forget all that was changed here."""
        self._drafts.clear()

    def announce(self) -> list[Telling]:
        """Keep all that changed, and give the events that tell of it."""
        drafts = list(self._drafts.values())
        for draft in drafts:
            self._seal(draft)
            self.circles.count(self.cause, draft, self.now)
        told = ((draft, draft.event(self.knowledge, self.record.linked(draft.item))) for draft in drafts)
        return [self._telling(draft, event) for draft, event in told if event is not None]

    def _seal(self, draft: Draft) -> None:
        if draft.altered:
            type_ = self.knowledge.types.get(draft.item.type)
            version = 1 if draft.before is None else draft.before.item.version + 1
            update = {"version": version, "incomplete": bool(type_ and missing(type_, draft.item))}
            draft.item = draft.item.model_copy(update=update)
            self.record.keep(Stored(draft.item, draft.rule_set, draft.suppressed))

    def _telling(self, draft: Draft, event: ItemEvent) -> Telling:
        id_ = self.event or derived("simulated-event", self.cause.causation, draft.item.id)
        about = persons(event.item, event.linked)
        return Telling(Envelope(id_, event.TYPE, SOURCE, "", self.now, self.cause, about), event, event.item.version)
