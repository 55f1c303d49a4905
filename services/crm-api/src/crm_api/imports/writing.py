"""Writes rows together: their items are found by the key or made, their contacts found by phone and email or made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis.database import Transaction
from contracts.elements import FieldKind
from contracts.items import Item, Link

from crm_api.background.jobs import Chunk, RowProblem
from crm_api.fields import FieldError, identities
from crm_api.imports.rows import Row, RowReader
from crm_api.intake.contacts import CONTACT, titled
from crm_api.lists.keys import key
from crm_api.store import imports as store

WHY = "imported"


@dataclass
class Outcome:
    """What became of rows; `made` are their new items, `contacts` those for which a contact was made."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[RowProblem] = field(default_factory=list)
    made: list[tuple[Row, Item]] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Add what became of others."""
        self.counts += other.counts
        self.problems += other.problems
        self.made += other.made
        self.contacts += other.contacts

    def refuse(self, problems: Sequence[RowProblem]) -> None:
        """Count a row that could not be imported."""
        self.counts["failed"] += 1
        self.problems += problems


class Writing:
    """The writing of some rows in a part of a transaction; what refuses one of them undoes the part."""

    def __init__(self, chunk: Chunk, reader: RowReader, part: Transaction) -> None:
        self.reader = reader
        self.asked = reader.asked
        self.part = part
        self.changes = chunk.changes(part)
        self.suppressed = str(chunk.job.id) if self.asked.automation == "suppress" else None
        self.outcome = Outcome()
        self._items: dict[str, list[UUID]] = {}
        self._contacts: dict[tuple[str, str], UUID] = {}

    async def write(self, rows: Sequence[Row]) -> Outcome:
        """Write rows, announce what changed, and give what became of them."""
        await self.changes.begin()
        known_by = {one for row in rows for one in row.known_by}
        keys = sorted({self._key(row) for row in rows} - {""})
        await store.lock(self.part, self._names(keys, known_by | set(self._identities(rows))))
        if keys:
            await self._load_items(keys)
        await self._load_contacts(known_by)
        for row in rows:
            await self._row(row)
        await self.changes.announce()
        return self.outcome

    def _names(self, keys: Iterable[str], known_by: Iterable[tuple[str, str]]) -> set[str]:
        """Give by what imports at the same time lock what they find or make."""
        of_keys = {f"key:{self.asked.type}:{self.asked.key}:{key_}" for key_ in keys}
        return of_keys | {f"{kind}:{value}" for kind, value in known_by}

    async def _load_items(self, keys: Sequence[str]) -> None:
        self._items = await store.by_key(self.part, self.asked.type, self.asked.key, keys)
        await self.changes.lock({id_ for ids in self._items.values() for id_ in ids})

    async def _load_contacts(self, known_by: set[tuple[str, str]]) -> None:
        self._contacts = await store.by_identity(self.part, known_by)
        if self._contacts:
            await self.changes.lock(set(self._contacts.values()), "read")

    async def _row(self, row: Row) -> None:
        found = self._found(row)
        if found is None and (lacking := list(self._lacking(row))):
            self.outcome.refuse(lacking)
            return
        links = [] if not row.contact else [Link(role=CONTACT, type=CONTACT, id=await self._contact(row))]
        if found is None:
            await self._create(row, links)
        else:
            await self._change(row, found, links)

    async def _create(self, row: Row, links: Sequence[Link]) -> None:
        own = dict(row.values)
        item = await self.changes.create(
            type=self.asked.type,
            pipeline=self.asked.pipeline,
            stage=row.stage or self.asked.stage,
            title=own.pop("title", ""),
            responsible=own.pop("responsible", self.asked.responsible),
            fields=own,
            links=links,
            suppressed=self.suppressed,
            why=WHY,
        )
        self._items.setdefault(self._key(row), []).append(item.id)
        self.outcome.counts["created"] += 1
        self.outcome.made.append((row, item))

    async def _change(self, row: Row, item: UUID, links: Sequence[Link]) -> None:
        if self.suppressed:
            self.changes.hush(item, self.suppressed)
        changed = self.changes.set_fields(item, row.values, WHY)
        for link in links:
            changed |= await self.changes.add_link(item, link, WHY)
        if row.stage:
            changed |= self.changes.move(item, row.stage, WHY, suppressed=self.suppressed)
        self.outcome.counts["changed" if changed else "unchanged"] += 1

    async def _contact(self, row: Row) -> UUID:
        known: UUID | None = next((self._contacts[one] for one in row.known_by if one in self._contacts), None)
        if known is not None:
            return known
        own = dict(row.contact)
        title = own.pop("title", "") or titled(own)
        made = await self.changes.create(type=CONTACT, title=title, fields=own, why=WHY)
        self._contacts |= dict.fromkeys(row.known_by, made.id)
        self.outcome.counts["contacts"] += 1
        self.outcome.contacts.append(row)
        return made.id

    def _key(self, row: Row) -> str:
        """Give the key under which the row's item stands, "" where there is none."""
        name = self.asked.key
        kind: FieldKind = self.reader.own[name].kind if name in self.reader.own else "string"
        return key(kind, row.values[name]) if name else ""

    def _found(self, row: Row) -> UUID | None:
        """Give the item that the row says; raises `FieldError` where there are several."""
        if not self.asked.key:
            return None
        wanted = row.values[self.asked.key]
        items = [self.changes.item(id_) for id_ in self._items.get(self._key(row), ()) if self.changes.has(id_)]
        # The key of a long or accented text stands for several: only equal values are meant.
        same = [i.id for i in items if not i.deleted and wanted == {**i.fields, "title": i.title}.get(self.asked.key)]
        if len(same) > 1:
            raise FieldError(self.asked.key, f"{len(same)} items have this value", "make it different in all but one")
        return same[0] if same else None

    def _lacking(self, row: Row) -> Iterator[RowProblem]:
        """Give the required fields that a new item would leave empty."""
        for own in self.reader.type.fields:
            filled = row.values.get(own.key) is not None or own.default is not None
            if own.required and not filled and not (own.key == CONTACT and row.contact):
                column = self.reader.column_of(own.key) or own.key
                yield RowProblem(row.number, column, "this is required", "fill it in each row that makes an item")

    def _identities(self, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
        """Give by what the contacts that are imported themselves are known."""
        if self.asked.type == CONTACT:
            for row in rows:
                yield from identities(self.reader.type, row.values)
