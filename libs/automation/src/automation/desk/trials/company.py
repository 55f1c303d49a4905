"""What happens outside the planner: items that enter, leave and change, as crm-api announces them."""

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.ids import derived
from contracts.items import (
    Change,
    Item,
    ItemChanged,
    ItemDeleted,
    ItemEvent,
    ItemRulesApplied,
    ItemSignalled,
    ItemSnapshot,
    ItemStageChanged,
    Link,
    SignalSeen,
)
from contracts.rules import RuleSetRef

from automation.desk.told import Telling, Told
from automation.testing import PIPELINE, contact, deal, invoice

ROLES = ("contact", "invoice")


class Company:
    """Some deals, two contacts and two invoices that they may be linked to; `rule_set` holds for new entries."""

    def __init__(self, deals: int, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.rule_set = RuleSetRef(pipeline=PIPELINE, number=1)
        self.entered_under: dict[UUID, RuleSetRef] = {}
        self.numbers = itertools.count(1)
        self.deals = [derived("trial", "deal", n) for n in range(deals)]
        self.items: dict[UUID, Item] = {}
        for n in range(2):
            self._put(contact(birthday="1990-03-05").model_copy(update={"id": derived("trial", "contact", n)}))
            self._put(invoice(pay_before="2026-03-04").model_copy(update={"id": derived("trial", "invoice", n)}))

    def others(self, type_: str) -> list[UUID]:
        """Give the items of a type, in the order in which they were made."""
        return [i for i, item in self.items.items() if item.type == type_]

    def create(self, id_: UUID, stage: str, fields: dict[str, Any]) -> Told:
        """Make a deal straight in a stage, with the first contact and the first invoice."""
        links = tuple(Link(role=role, type=role, id=self.others(role)[0]) for role in ROLES)
        now = self.clock()
        item = deal(id=id_, stage=stage, version=1, entered_at=now, created_at=now, **fields)
        item = item.model_copy(update={"links": links})
        self.entered_under[id_] = self.rule_set
        return self._told(ItemStageChanged, self._put(item))

    def move(self, id_: UUID, stage: str) -> Told:
        """Move a deal to a stage, its own included: a new activation."""
        item = self.items[id_]
        entered = {"stage": stage, "activation": item.activation + 1, "entered_at": self.clock()}
        self.entered_under[id_] = self.rule_set
        return self._told(ItemStageChanged, self._next(id_, **entered), from_stage=item.stage)

    def change(self, id_: UUID, **fields: Any) -> Told:
        """Change fields of an item; None empties one."""
        item = self.items[id_]
        changed = {name: Change(old=item.fields.get(name), new=value) for name, value in fields.items()}
        return self._told(ItemChanged, self._next(id_, fields={**item.fields, **fields}), changed=changed)

    def relink(self, id_: UUID, role: str, to: UUID | None) -> Told:
        """Link a deal to another item under a role, or to none."""
        links = tuple(link for link in self.items[id_].links if link.role != role)
        added = (Link(role=role, type=role, id=to),) if to else ()
        return self._told(ItemChanged, self._next(id_, links=(*links, *added)))

    def delete(self, id_: UUID) -> Told:
        """Delete an item."""
        return self._told(ItemDeleted, self._next(id_, deleted=True))

    def snapshot(self, id_: UUID) -> Told:
        """Tell an item as it stands."""
        return self._told(ItemSnapshot, self.items[id_])

    def apply(self, id_: UUID, rules: tuple[UUID, ...], counts_from: datetime | None) -> Told:
        """Apply rules of the set that holds to an item where it stands; none named means all of its stage."""
        self.entered_under[id_], before = self.rule_set, self.entered_under[id_]
        job = derived("trial", "job", next(self.numbers))
        told = self._told(ItemRulesApplied, self.items[id_], job=job, rules=rules, counts_from=counts_from)
        self.entered_under[id_] = before
        return told

    def signal(self, id_: UUID, kind: str, happened_at: datetime) -> Told:
        """Tell of a signal that reached an item and changed nothing of it."""
        seen = SignalSeen(id=derived("trial", "signal", next(self.numbers)), kind=kind, happened_at=happened_at)
        return self._told(ItemSignalled, self.items[id_], signal=seen)

    def told(self, data: Data) -> Told:
        """Give data as it is received, next in the order of all."""
        number = next(self.numbers)
        id_ = derived("trial", "event", number)
        cause = Cause(id_, id_, actor="user:ann")
        return Telling(Envelope(id_, data.TYPE, "/trial", "", self.clock(), cause), data, number)

    def _told(self, kind: type[ItemEvent], item: Item, **parts: Any) -> Told:
        linked = tuple(self.items[link.id] for link in item.links)
        ref = self.entered_under.get(item.id)
        return self.told(kind(item=item, linked=linked, config=1, rule_set=ref, **parts))

    def _next(self, id_: UUID, **update: Any) -> Item:
        item = self.items[id_]
        return self._put(item.model_copy(update={**update, "version": item.version + 1}))

    def _put(self, item: Item) -> Item:
        self.items[item.id] = item
        return item
