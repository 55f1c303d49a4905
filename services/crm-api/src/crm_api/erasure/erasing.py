"""Erases a person: their record, and all that was told or made of them; ids, places and times stay.

1. Tombstones first: what is being handled of theirs is waited for, what comes later is emptied (`chassis.erasure`).
2. Everything that names them is found by its indexes: entries of the journal, items that ever linked to them, signals.
3. Their own record is emptied and deleted, their words are taken out of whatever links to them; both are announced.
4. Journal, timelines, signals, tasks, activities, notices, documents and files are written again with less in them.
5. The erasure itself is a config record, so that every service erases too, and once more after any restore.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from chassis import erasure
from chassis.database import Transaction
from chassis.secrets import Sealer
from contracts.commands import ApplySignal
from contracts.config import Erasure
from contracts.items import Item

from crm_api.erasure import scrubbing
from crm_api.erasure.scrubbing import Words, written
from crm_api.erasure.work import erase_work
from crm_api.fields import FieldError, several
from crm_api.files import File, hash_of
from crm_api.intake.contacts import CONTACT
from crm_api.record.rebuilding import EVENTS
from crm_api.store import bookings as stored_bookings
from crm_api.store import chats as stored_chats
from crm_api.store import consents as stored_consents
from crm_api.store import erasure as store
from crm_api.store import feed as stored_feed
from crm_api.store import files as stored_files
from crm_api.store import notices as stored_notices
from crm_api.store import questions as stored_questions
from crm_api.store import simulations as stored_simulations
from crm_api.store.erasure import Kept

BLANK = b"This document was erased.\n"


@dataclass
class Erasing:
    """One person, being erased in one transaction; `removed` counts what was written again or removed."""

    tx: Transaction
    knowledge: Knowledge
    contact: UUID
    hashes: frozenset[str] = frozenset()
    items: set[UUID] = field(default_factory=set)
    signals: set[UUID] = field(default_factory=set)
    told: list[Item] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    removed: dict[str, int] = field(default_factory=dict)
    taken: list[Kept] = field(default_factory=list)

    @property
    def words(self) -> Words:
        """Give the person's words, as far as they have been found."""
        return Words.of(self.told, self.knowledge.types.get(CONTACT), self.written)

    async def find(self, now: Item | None) -> None:
        """Find all that tells of them; `now` is their record as it stands."""
        self.taken = await store.take_naming(self.tx, self.contact)
        events = [EVENTS[one.kind].model_validate(one.body["data"]) for one in self.taken if one.kind in EVENTS]
        self.told += [i for event in events for i in (event.item, *event.linked) if i.id == self.contact]
        self.told += [now] if now else []
        self.items |= {event.item.id for event in events} | await store.linking(self.tx, self.contact)
        self.items.discard(self.contact)
        self.signals |= await store.signals(self.tx, self.hashes, {*self.items, self.contact}, self.contact)
        self.taken += await store.take_of(self.tx, {self.contact, *self.items, *self.signals})
        self.written |= {text for one in self.taken if one.kind == ApplySignal.TYPE for text in written(one.body)}

    async def rewrite(self, at: datetime) -> None:
        """Write all that was found again, with less in it."""
        words, items = self.words, {self.contact, *self.items}
        bodies = [(one, scrubbing.journalled(one.kind, one.body, self.contact, words)) for one in self.taken]
        await store.put_back(self.tx, [replace(one, body=body) for one, body in bodies])
        await store.forget_held(self.tx, self.signals)
        await self._lines(items, words)
        self.removed |= await erase_work(self.tx, items, self.contact, words)
        await self._notices(items, words)
        await self._questions(items, words)
        await self._feed(items, words)
        await self._bookings(items, words)
        self.removed["messages"] = await stored_chats.erase(self.tx, self.contact)
        await self._documents(items, at)
        await stored_consents.erase(self.tx, [self.contact])
        await stored_simulations.erase(self.tx, items)
        self.removed |= {"journal": len(self.taken), "items": len(self.items), "signals": len(self.signals)}

    async def _lines(self, items: set[UUID], words: Words) -> None:
        rows = await store.lines(self.tx, items)
        bodies = [(r["id"], scrubbing.line(r["kind"], r["body"], words, own=r["item"] == self.contact)) for r in rows]
        await store.rewrite_lines(self.tx, bodies)
        await store.forget_answers(self.tx, [row["id"] for row in rows if row["kind"] == "rule"])
        self.removed["timeline"] = len(rows)

    async def _notices(self, items: set[UUID], words: Words) -> None:
        rows = await stored_notices.of_items(self.tx, items)
        await stored_notices.rewrite(self.tx, [(row["id"], words.scrub(row["text"])) for row in rows])
        self.removed["notices"] = len(rows)

    async def _questions(self, items: set[UUID], words: Words) -> None:
        rows = await stored_questions.of_items(self.tx, items)
        texts = [(row["id"], words.scrub(row["text"]), words.scrub(row["answers"])) for row in rows]
        await stored_questions.rewrite(self.tx, texts)
        self.removed["questions"] = len(rows)

    async def _feed(self, items: set[UUID], words: Words) -> None:
        found = await stored_feed.texts(self.tx, items)
        posts, comments = ([(row["id"], words.scrub(row["text"])) for row in rows] for rows in found)
        await stored_feed.rewrite(self.tx, posts, comments)
        self.removed["feed"] = len(posts) + len(comments)

    async def _bookings(self, items: set[UUID], words: Words) -> None:
        rows = await stored_bookings.notes(self.tx, items)
        await stored_bookings.rewrite(self.tx, [(row["id"], words.scrub(row["note"])) for row in rows])
        self.removed["bookings"] = len(rows)

    async def _documents(self, items: set[UUID], at: datetime) -> None:
        blank = File(hash_of(BLANK), "text/plain", BLANK, at)
        await stored_files.add(self.tx, blank)
        shown = await store.empty_documents(self.tx, items, blank.hash)
        own = [str(file) for item in self.told for file in self._files(item)]
        await store.forget_files(self.tx, {*shown, *own}, blank.hash)
        self.removed["documents"] = len(shown)

    def _files(self, item: Item) -> list[object]:
        known = self.knowledge.fields(item.type)
        keys = [key for key, one in known.items() if one.kind == "file"]
        return [file for key in keys for file in several(item.fields.get(key))]

    def record(self, at: datetime) -> Erasure:
        """Give the record of this erasure, by which every service erases."""
        return Erasure(
            contact=self.contact,
            identities=tuple(sorted(self.hashes)),
            items=tuple(sorted(self.items)),
            signals=tuple(sorted(self.signals)),
            removed=self.removed,
            at=at,
        )


async def begin(tx: Transaction, knowledge: Knowledge, contact: UUID, sealer: Sealer | None) -> Erasing:
    """Leave a person's tombstones, and give what erases them."""
    await erasure.alone(tx)
    known = await store.known_by(tx, contact)
    hashes = frozenset(sealer.identity(kind, value) for kind, value in known) if sealer else frozenset()
    await erasure.entomb(tx, Erasure(contact=contact, identities=tuple(hashes), at=await tx.now()))
    return Erasing(tx, knowledge, contact, hashes)


async def of_one_person(tx: Transaction, contact: UUID) -> list[UUID]:
    """Give a contact and all that were merged into it, and into those."""
    found = [contact]
    for one in found:
        found += [other for other in await store.merged(tx, one) if other not in found]
    return found


def require_contact(item: Item) -> None:
    """Refuse to erase what is no person; raises `FieldError`."""
    if item.type != CONTACT:
        raise FieldError("item", f"a {item.type} is no person", "send the id of a contact")


async def again(tx: Transaction, knowledge: Knowledge, record: Erasure) -> None:
    """Erase a person once more, as after a restore that brought their data back."""
    await erasure.entomb(tx, record)
    erasing = Erasing(
        tx, knowledge, record.contact, frozenset(record.identities), set(record.items), set(record.signals)
    )
    await erasing.find(None)
    await erasing.rewrite(record.at)
