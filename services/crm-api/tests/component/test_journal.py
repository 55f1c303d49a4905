"""The journal alone tells the whole record: every item and every config record, whatever happened to them."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.commands import ApplySignal
from contracts.config import ConfigChanged
from contracts.envelope import Cause
from contracts.items import Link
from crm_api.record.changing import Changes
from crm_api.record.conversions import Conversion, convert
from crm_api.record.items import Stored
from crm_api.store import items as stored_items
from crm_api.testing.rebuilt import rebuild
from crm_api.testing.shop import ASKS, FORM, Shop, form, signal

STAGES = ("new", "documents", "paid", "lost")
STEPS = 120


class History:
    """Changes items at random, as people, rules and imports would; what it does is told by its seed."""

    def __init__(self, crm: Any, seed: int) -> None:
        self.crm = crm
        self.chance = random.Random(seed)  # noqa: S311  a history, not a secret
        self.deals: list[UUID] = []
        self.contacts: list[UUID] = []

    async def play(self) -> None:
        does: list[Callable[[Changes, UUID], Awaitable[None]]] = [
            self.move, self.move, self.set, self.set, self.link, self.unlink, self.convert, self.delete, self.restore
        ]  # fmt: skip
        for step in range(STEPS):
            async with self.changing() as changes:
                if step < 10 or self.chance.random() < 0.2:
                    await self.create(changes)
                else:
                    deal = self.chance.choice(self.deals)
                    await changes.lock([deal])
                    await self.chance.choice(does)(changes, deal)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Changes]:
        process, root = self.crm.process, uuid4()
        async with process.database.transaction() as tx:
            knowledge = await process.config.view(tx)
            changes = Changes(tx, knowledge, Cause(root, root, actor="user:ann"), process.outbox)
            yield changes
            await changes.announce()

    async def create(self, changes: Changes) -> None:
        contact = await changes.create(type="contact", title=f"Contact {self.chance.random()}")
        self.contacts.append(contact.id)
        suppressed = "import-7" if self.chance.random() < 0.3 else None
        links = [self.to(contact.id)] if self.chance.random() < 0.7 else []
        place: dict[str, Any] = {"pipeline": "deal/retail", "stage": self.chance.choice(STAGES)}
        deal = await changes.create(type="deal", links=links, suppressed=suppressed, responsible="ann", **place)
        self.deals.append(deal.id)

    def to(self, contact: UUID) -> Link:
        return Link(role="contact", type="contact", id=contact)

    async def move(self, changes: Changes, deal: UUID) -> None:
        if not changes.item(deal).deleted:
            changes.move(deal, self.chance.choice(STAGES), "a whim")

    async def set(self, changes: Changes, deal: UUID) -> None:
        amount = self.chance.choice([None, f"{self.chance.randrange(1000)} EUR"])
        values = {"amount": amount, "notes": self.chance.choice([None, "x" * 50]), "title": str(self.chance.random())}
        if not changes.item(deal).deleted:
            if self.chance.random() < 0.2:
                changes.hush(deal, "import-8")
            changes.set_fields(deal, values)

    async def link(self, changes: Changes, deal: UUID) -> None:
        if not changes.item(deal).deleted and len(changes.item(deal).links) < 20:
            await changes.add_link(deal, self.to(self.chance.choice(self.contacts)))

    async def unlink(self, changes: Changes, deal: UUID) -> None:
        if changes.item(deal).links and not changes.item(deal).deleted:
            changes.remove_link(deal, self.chance.choice(changes.item(deal).links))

    async def convert(self, changes: Changes, deal: UUID) -> None:
        source = changes.item(deal)
        if not source.deleted and len(source.links) < 20:
            await convert(changes, source, Conversion(to="invoice", pipeline="invoice/plain"))

    async def delete(self, changes: Changes, deal: UUID) -> None:
        if not changes.item(deal).deleted:
            changes.delete(deal)

    async def restore(self, changes: Changes, deal: UUID) -> None:
        changes.restore(deal)


async def journalled(crm: Any) -> Any:
    """Read the journal, and nothing else."""
    return rebuild((row["kind"], row["body"]) for row in await crm.fetch("SELECT kind, body FROM journal ORDER BY at"))


async def kept(crm: Any) -> dict[UUID, Stored]:
    """Give every item as the tables hold it."""
    async with crm.process.database.transaction() as tx:
        ids = [row["id"] for row in await tx.fetch("SELECT id FROM item")]
        return await stored_items.load(tx, ids)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_item_is_rebuilt_from_the_journal_after_a_random_history(crm: Any, seed: int) -> None:
    history = History(crm, seed)
    await history.play()
    items = await kept(crm)
    assert len(items) > 40
    assert {item.item.deleted for item in items.values()} == {True, False}
    assert (await journalled(crm)).items == items


async def test_every_config_record_and_each_version_of_it_is_in_the_journal(crm: Any) -> None:
    for name in ("Ann", "Anna", "Annika"):
        await crm.ann.put("/v1/config/person/ann", json={"name": name})
    await crm.ann.put("/v1/config/person/rui", json={"name": "Rui"})
    assert (await crm.ann.delete("/v1/config/person/rui")).status_code == 204
    rebuilt = await journalled(crm)
    rows = await crm.fetch("SELECT kind, id, revision, deleted, data, changed_by, changed_at FROM config")
    assert rebuilt.config == {(row["kind"], row["id"]): ConfigChanged.model_validate(dict(row)) for row in rows}
    told = await crm.fetch(
        "SELECT body FROM journal WHERE kind = $1 AND key = 'person/ann' ORDER BY at", ConfigChanged.TYPE
    )
    assert [one["body"]["data"]["data"]["name"] for one in told] == ["Ann", "Ann", "Anna", "Annika"][-len(told) :]


async def test_every_signal_is_in_the_journal_with_what_was_decided_of_it(shop: Shop) -> None:
    first, unknown = form(), signal("visit")
    await shop.apply(first, ASKS, nobody=FORM)
    await shop.apply(unknown)
    [deal] = await shop.items()
    rows = await shop.crm.fetch("SELECT key, body FROM journal WHERE kind = $1 ORDER BY at", ApplySignal.TYPE)
    decided = {row["key"]: row["body"]["data"]["decided"] for row in rows}
    assert decided[str(first.id)]["decision"] == "created"
    assert [one["item"] for one in decided[str(first.id)]["items"]] == [deal["id"]]
    assert decided[str(unknown.id)] == {"decision": "ignored", "items": []}
    assert rows[0]["body"]["data"]["signal"] == first.model_dump(mode="json")
