"""Plain dispatches, straight from what is stored to what is stored and sent; `automation.compiled` decides them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from automation.compiled import Case, Dispatched, Rules
from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.outbox import LARGEST_MESSAGE
from contracts.hot import HotItem, read_item, read_row

from rule_scheduler import store
from rule_scheduler.firing.sending import Plain, Sending
from rule_scheduler.reading import Room
from rule_scheduler.store.dispatches import Held


@dataclass(slots=True)
class Taken:
    """What is over of a batch, and what is left to a desk: executions, each with its item, which is held."""

    over: list[UUID] = field(default_factory=list)
    left: dict[UUID, UUID] = field(default_factory=dict)


class Straight:
    """Fires what is plain."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.rules: Rules | None = None

    async def fire(self, tx: Transaction, ids: Sequence[UUID]) -> Taken:
        """Dispatch what is plain of these executions; what has an item that somebody changes now is left alone."""
        held = await store.dispatches.hold(tx, ids)
        items = [_item(one.copy) for one in held]
        copies = await _linked(tx, items)
        knowledge = await self.room.config.view(tx, after_locks=True)
        batch = Batch(self._of(knowledge), copies, await tx.now())
        taken, plain = sorted_out(held, items, batch)
        if len(held) < len(ids):
            taken.over += await store.executions.missing(tx, set(ids).difference(one.id for one in held))
        if plain:
            store.dispatches.dispatch(tx, [(one, done.told) for one, done in plain])
            self.room.outbox.post(tx, Sending(self.room.outbox, batch.now).ready(plain))
        return taken

    def _of(self, knowledge: Knowledge) -> Rules:
        if self.rules is None or self.rules.knowledge is not knowledge:
            self.rules = Rules(knowledge)
        return self.rules


@dataclass(frozen=True, slots=True)
class Batch:
    """What the decisions of a batch read beside the items themselves."""

    rules: Rules
    copies: Mapping[str, HotItem]
    now: datetime

    def decide(self, one: Held, item: HotItem | None) -> Dispatched | None:
        """Decide an execution; None where it is not plain."""
        if item is None or one.unread is not None:
            return None
        try:
            case = Case(read_row(one.doc), item, self.copies, one.changed_at, self.rules.knowledge, self.now)
            done = self.rules.dispatch(case)
        except Exception:  # noqa: BLE001  whatever it is, the desk finds it too, and says what becomes of it
            return None
        return done if done is not None and len(done.action) <= LARGEST_MESSAGE else None


def sorted_out(held: Sequence[Held], items: Iterable[HotItem | None], batch: Batch) -> tuple[Taken, Plain]:
    """Decide what is plain; where one of an item is not, all of that item are left to a desk, which sees them."""
    decided = [(one, batch.decide(one, item)) for one, item in zip(held, items, strict=True)]
    unlike = {one.item for one, done in decided if done is None}
    plain = [(one, done) for one, done in decided if done is not None and one.item not in unlike]
    left = {one.id: UUID(one.item) for one, _ in decided if one.item in unlike} if unlike else {}
    return Taken([one.id for one, _ in plain], left), plain


async def _linked(tx: Transaction, items: Iterable[HotItem | None]) -> dict[str, HotItem]:
    ids = {link.id for item in items if item is not None for link in item.links}
    return {id_: item for id_, doc in (await store.dispatches.copies(tx, ids)).items() if (item := _item(doc))}


def _item(doc: str | None) -> HotItem | None:
    try:
        return None if doc is None else read_item(doc)
    except msgspec.DecodeError:
        return None
