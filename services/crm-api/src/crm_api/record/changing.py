"""One transaction's changes to items: locked, made, and announced as one event per item at its end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.config_copy import HIGHEST
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.outbox import Outbox
from contracts.envelope import Cause
from contracts.items import Item, Link, SignalSeen
from contracts.people import ItemAction

from crm_api.access.rights import Forbidden, Rights
from crm_api.fields import FieldError, defaults, read_values
from crm_api.record import events, places
from crm_api.record.chains import Chain
from crm_api.record.items import Draft, ItemGone, ItemUnknown, Stored
from crm_api.record.keeping import CHECKERS, KEEPERS
from crm_api.record.lines import Line
from crm_api.record.linking import check_target
from crm_api.store import items as stored_items
from crm_api.store import lines as stored_lines
from crm_api.store import rights as stored_rights

# Gives the config at a revision, as a transaction sees it.
Learn = Callable[[Transaction, int], Awaitable[Knowledge]]


class Changes:
    """The changes of one transaction; every item is locked, or made, before it is changed.

    Bad values raise `FieldError`, an unknown item `ItemUnknown`, a deleted one `ItemGone`. `why` is words for people.
    `knowledge` is the config, or how to learn it: then it is asked with the items, behind their locks.
    With `rights`, what they do not allow raises `Forbidden`, and what they do not show is unknown; without, all may be.
    Changes that never move or make an item need not learn what their chain of causes did: `moves`.
    """

    def __init__(
        self,
        tx: Transaction,
        knowledge: Knowledge | Learn,
        cause: Cause,
        outbox: Outbox,
        rights: Rights | Callable[[Knowledge], Rights] | None = None,
        *,
        moves: bool = True,
    ) -> None:
        self.tx = tx
        self.cause = cause
        self.outbox = outbox
        self._knowledge = knowledge if isinstance(knowledge, Knowledge) else None
        self._learn = None if isinstance(knowledge, Knowledge) else knowledge
        self._rights = rights
        self._now: datetime | None = None
        self._drafts: dict[UUID, Draft] = {}
        self._near: dict[UUID, Stored] = {}
        self._lines: list[Line] = []
        self._chain = Chain(cause, moves)
        # Why the last move that was asked for was not made.
        self.looped = ""

    @property
    def knowledge(self) -> Knowledge:
        """The config that these changes follow."""
        if self._knowledge is None:
            raise RuntimeError("lock or create an item first, or `begin`: what holds is read after the locks")
        return self._knowledge

    @property
    def rights(self) -> Rights | None:
        """What the caller may do; None where it is not a caller who changes."""
        return self._rights(self.knowledge) if callable(self._rights) else self._rights

    @property
    def now(self) -> datetime:
        """The time of these changes; asked after the first lock."""
        if self._now is None:
            raise RuntimeError("lock or create an item first: the time is asked after the locks")
        return self._now

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """Write what follows in a part of the transaction that is undone alone where its block raises."""
        whole = self.tx
        try:
            async with whole.part() as part:
                self.tx = part
                yield
        finally:
            self.tx = whole

    async def begin(self) -> None:
        """Learn what holds and what time it is, for what decides before it locks or creates an item."""
        if self._knowledge is None:
            await self._know(await self.tx.fetchval_and_now(HIGHEST))
        self._now = await self.tx.now()

    async def _know(self, revision: int) -> None:
        if self._knowledge is None and self._learn is not None:
            self._knowledge = await self._learn(self.tx, revision)

    def act_for(self, rights: Rights, item_id: UUID, action: ItemAction) -> None:
        """Go on with somebody's rights, who may do this with a locked item; raises `Forbidden` where they may not."""
        self._rights = rights
        if not self._permitted({item_id}, action):
            raise Forbidden("read", f"item {item_id}")

    async def lock(self, ids: Iterable[UUID], action: ItemAction = "change") -> dict[UUID, Item]:
        """Lock items in the order of their ids for something to be done, and give those that exist, deleted ones too.

        Raises `Forbidden` where one of them may be read, but this may not be done with it.
        """
        wanted = set(ids)
        fresh = wanted - self._drafts.keys()
        if fresh:
            await stored_items.lock(self.tx, fresh)
            loaded = await stored_items.load_with_linked(self.tx, fresh)
            self._drafts |= {id_: Draft.of(loaded.items[id_]) for id_ in fresh if id_ in loaded.items}
            self._near |= loaded.items
            if loaded.revision is not None:
                await self._know(loaded.revision)
        await self.begin()
        await self._chain.learn(self.tx, fresh & self._drafts.keys(), self.now)
        wanted &= self._drafts.keys()
        return {id_: self._drafts[id_].item for id_ in self._permitted(wanted, action)}

    async def create(
        self,
        *,
        type: str,  # noqa: A002  the name it has everywhere
        pipeline: str = "",
        stage: str = "",
        title: str = "",
        fields: Mapping[str, Any] | None = None,
        links: Sequence[Link] = (),
        responsible: str | None = None,
        suppressed: str | None = None,
        why: str = "",
    ) -> Item:
        """Make an item, in the first stage of its pipeline where none is named; `suppressed` names the import's job."""
        await self.begin()
        places.known_type(self.knowledge, type)
        item = Item(id=new_id(), type=type, pipeline=pipeline, version=0, entered_at=self.now, created_at=self.now)
        draft = Draft(None, item, 0, None, why=why)
        if self.rights is not None:
            responsible = self.rights.settled(type, pipeline, responsible)
        if pipeline:
            draft.place(*places.place(self.knowledge, item, pipeline, stage), self.now, suppressed)
        elif stage:
            raise FieldError("stage", "a stage without a pipeline", "send the pipeline too")
        given = {**defaults(self.knowledge, type), **(fields or {}), "title": title, "responsible": responsible}
        put = draft.put(*read_values(self.knowledge, type, given))
        self._drafts[item.id] = draft
        await self._link(draft, links)
        filled = {key: change.model_dump() for key, change in put.items()}
        told = {"stage": draft.item.stage, "pipeline": draft.item.pipeline, "changes": filled or None}
        self._line(item.id, "created", **told, why=why, suppressed=suppressed)
        return draft.item

    def move(
        self, item_id: UUID, stage: str = "", why: str = "", *, pipeline: str = "", suppressed: str | None = None
    ) -> bool:
        """Move an item to a stage, of another pipeline where one is named.

        Gives False where it stands there, or its chain of causes goes in circles: `looped` says why.
        """
        draft = self._open(item_id)
        there, stage = places.place(self.knowledge, draft.item, pipeline, stage)
        left = draft.item
        if (left.pipeline, left.stage) == (there.id, stage):
            return False
        if self.stop(item_id, (there.id, stage), why):
            return False
        tunnel = {"from_pipeline": left.pipeline, "pipeline": there.id} if left.pipeline != there.id else {}
        if tunnel and self.rights is not None:
            self.rights.require("add", left.type, there.id, left.responsible)
        self._line(item_id, "moved", **{"from": left.stage}, to=stage, **tunnel, why=why, suppressed=suppressed)
        draft.place(there, stage, self.now, suppressed)
        draft.why = why
        return True

    def stop(self, item_id: UUID, to: tuple[str, str] | None, why: str) -> str:
        """Say why a chain of causes may not move an item there, or make another of it; "" where it may.

        What stops the chain here is noted on the item's timeline; later refusals are counted only.
        """
        known = len(self._chain.stopped)
        self.looped = self._chain.refusal(self._draft(item_id).item, to, why, self.now)
        if len(self._chain.stopped) > known:
            pipeline, stage = to or ("", "")
            self._line(item_id, "loop", to=stage, pipeline=pipeline, words=self.looped, why=why, hops=self.cause.hops)
        return self.looped

    def stopped(self) -> bool:
        """Say whether the chain of causes may make nothing out of nothing any more; asked behind a lock."""
        return self._chain.ended

    def set_fields(self, item_id: UUID, values: Mapping[str, Any], why: str = "") -> bool:
        """Set fields, `title` and `responsible` among them; None empties one; gives False where nothing changed."""
        draft = self._open(item_id)
        changes = draft.put(*read_values(self.knowledge, draft.item.type, values))
        if changes:
            told = {k: c.model_dump() for k, c in changes.items()}
            self._line(item_id, "changed", changes=told, why=why, suppressed=draft.hushed)
            draft.why = draft.why or why
        return bool(changes)

    def keep(self, item_id: UUID, key: str, value: Any, why: str = "") -> bool:
        """Keep among an item's fields what no field of its type is for, such as consents; None takes it away.

        Gives False where nothing changed.
        """
        draft = self._open(item_id)
        changes = draft.put({key: value}, {})
        if changes:
            self._line(item_id, "changed", changes={k: c.model_dump() for k, c in changes.items()}, why=why)
            draft.why = draft.why or why
        return bool(changes)

    def hush(self, item_id: UUID, job: str) -> None:
        """Let what is changed from here on wake no trigger; it is a job's, and its lines name the job."""
        self._open(item_id).hushed = job

    async def add_link(self, item_id: UUID, link: Link, why: str = "") -> bool:
        """Link an item to another; gives False where it is linked so already."""
        draft = self._open(item_id)
        linked = await self._link(draft, [link])
        if linked:
            told = {f"links.{link.role}": {"old": None, "new": str(link.id)}}
            self._line(item_id, "changed", changes=told, why=why, suppressed=draft.hushed)
            draft.why = draft.why or why
        return linked

    def remove_link(self, item_id: UUID, link: Link, why: str = "") -> bool:
        """Link an item no more to another; gives False where it is not linked so."""
        draft = self._open(item_id)
        removed = draft.remove_link(link)
        if removed:
            self._line(item_id, "changed", changes={f"links.{link.role}": {"old": str(link.id), "new": None}}, why=why)
            draft.why = draft.why or why
        return removed

    def delete(self, item_id: UUID, why: str = "") -> None:
        """Delete an item; its timeline stays."""
        draft = self._open(item_id)
        draft.delete()
        draft.why = why
        self._line(item_id, "deleted", why=why)

    def erase(self, item_id: UUID, bare: Item) -> None:
        """Put what is left of an item after an erasure in its place; its values are told to nobody."""
        draft = self._draft(item_id)
        if bare != draft.item:
            draft.item = bare
            draft.why = "erased"
            self._line(item_id, "erased", why="a person was erased")

    def restore(self, item_id: UUID, why: str = "") -> bool:
        """Take the deletion of an item back; gives False where it is not deleted.

        It is an ordinary change and no entry: what the deletion cancelled stays cancelled, and nothing is planned anew.
        """
        draft = self._draft(item_id)
        if not draft.item.deleted:
            return False
        places.still_there(self.knowledge, draft.item)
        draft.restore()
        draft.why = why
        self._line(item_id, "restored", why=why)
        return True

    def signalled(self, item_id: UUID, signal: SignalSeen) -> None:
        """Tell that a signal reached an item, in the one event of the item."""
        self._draft(item_id).signal = signal
        self._line(item_id, "signal", **signal.model_dump(mode="json", exclude={"payload"}))

    def note(self, item_id: UUID, kind: str, body: Mapping[str, Any]) -> None:
        """Add a line of another kind to an item's timeline."""
        self._line(item_id, kind, **body)

    def has(self, item_id: UUID) -> bool:
        """Say whether an item is locked or made here, and not hidden from the caller."""
        return item_id in self._drafts

    def item(self, item_id: UUID) -> Item:
        """Give a locked or made item as it is now."""
        return self._draft(item_id).item

    def linked(self, item_id: UUID) -> list[Item]:
        """Give the items that a locked or made item links to, as they are now, in its order."""
        return self._linked(self._draft(item_id))

    async def announce(self) -> list[Item]:
        """Write all changes and what tells of them, once, at the end; give the items that changed."""
        for draft in self._drafts.values():
            draft.seal(self.knowledge)
        altered = [draft for draft in self._drafts.values() if draft.altered]
        for check in CHECKERS:
            await check(self.tx, self.knowledge, altered)
        await stored_items.save(self.tx, altered)
        for keep in KEEPERS:
            await keep(self.tx, self.knowledge, altered)
        await self._chain.keep(self.tx, list(self._drafts.values()), self.knowledge, self.now)
        await stored_lines.add(self.tx, self._lines)
        told = (draft.event(self.knowledge, self._linked(draft)) for draft in self._drafts.values())
        await events.publish(self.tx, self.outbox, filter(None, told), self.cause, self.now)
        return [draft.item for draft in altered]

    def _linked(self, draft: Draft) -> list[Item]:
        ids = dict.fromkeys(link.id for link in draft.item.links)
        return [self._drafts[id_].item if id_ in self._drafts else self._near[id_].item for id_ in ids]

    def _draft(self, item_id: UUID) -> Draft:
        if item_id not in self._drafts:
            raise ItemUnknown(item_id)
        return self._drafts[item_id]

    def _open(self, item_id: UUID) -> Draft:
        draft = self._draft(item_id)
        if draft.item.deleted:
            raise ItemGone(item_id)
        return draft

    def _permitted(self, ids: set[UUID], action: ItemAction) -> set[UUID]:
        """Give those of locked items that the caller may read; raises `Forbidden` where more than that is lacking.

        What is locked is known here: to ask the database again what its predicate says of it would cost a statement.
        """
        rights = self.rights
        if rights is None or rights.admin:
            return ids
        before = {id_: stored.item for id_ in ids if (stored := self._drafts[id_].before)}
        read, act = (
            {id_ for id_, i in before.items() if rights.reach(one).holds(i.type, i.pipeline, i.responsible)}
            for one in ("read", action)
        )
        if read - act:
            raise Forbidden(f"{action} item {min(read - act)}")
        for hidden in before.keys() - read:
            del self._drafts[hidden]
        return ids - (before.keys() - read)

    async def _link(self, draft: Draft, links: Sequence[Link]) -> bool:
        unknown = {link.id for link in links if self._known(link.id) is None}
        if unknown:
            self._near |= await stored_items.load(self.tx, unknown)
        hidden = await self._hidden({link.id for link in links})
        for n, link in enumerate(links):
            check_target(f"links.{n}", draft.item.id, link, self._known(link.id), hidden)
        added = [draft.add_link(link) for link in links]
        return any(added)

    def _known(self, item_id: UUID) -> Item | None:
        known = self._drafts.get(item_id) or self._near.get(item_id)
        return known.item if known else None

    async def _hidden(self, ids: set[UUID]) -> set[UUID]:
        """Give those of items that the caller may not read: for them they are not there."""
        others = {id_ for id_ in ids if id_ not in self._drafts}
        if self.rights is None or self.rights.admin or not others:
            return set()
        return others - await stored_rights.among(self.tx, self.rights.reach("read"), others)

    def _line(self, item_id: UUID, kind: str, /, **body: Any) -> None:
        told = {k: v for k, v in body.items() if v not in (None, "")}
        cause = {"actor": self.cause.actor, "correlation": str(self.cause.correlation)}
        self._lines.append(Line(item_id, self.now, kind, {**told, **cause, "causation": str(self.cause.causation)}))
