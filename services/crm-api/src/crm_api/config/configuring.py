"""One transaction's changes to the config: numbered under one row lock, kept, journalled and announced."""

from collections.abc import Sequence

import msgspec
from chassis import config_copy
from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.config import ConfigChanged
from contracts.data import JsonObject, Part
from contracts.envelope import Cause

from crm_api.access.rights import Rights
from crm_api.record import journal
from crm_api.store import config as stored_config
from crm_api.store import journal as stored_journal


class ConfigChanges:
    """The config changes of one transaction; a record that is already so gets no new number."""

    def __init__(self, tx: Transaction, cause: Cause, outbox: Outbox) -> None:
        self.tx = tx
        self.cause = cause
        self.outbox = outbox
        self.changed: list[ConfigChanged] = []
        # Of the caller; None where it is the system that changes.
        self.rights: Rights | None = None
        self._revision = 0

    async def lock(self) -> None:
        """Take the one row lock; what is read after it holds until the end of the transaction."""
        self._revision = await stored_config.lock(self.tx)

    async def current(self, kind: str, id_: str) -> ConfigChanged | None:
        """Give a record as it is; None where there is none, or it is deleted."""
        return await stored_config.record(self.tx, kind, id_)

    async def put(self, kind: str, id_: str, record: Part) -> ConfigChanged:
        """Keep a record, and give it with its number: a new one only where it is not already so."""
        # As it reads back from the database: only JSON's own types.
        data = msgspec.json.decode(record.model_dump_json())
        held = await self.current(kind, id_)
        if held is not None and held.data == data:
            return held
        return await self._number(kind, id_, data, deleted=False)

    async def delete(self, kind: str, id_: str) -> ConfigChanged | None:
        """Delete a record; None where there is none."""
        held = await self.current(kind, id_)
        return await self._number(kind, id_, {}, deleted=True) if held else None

    async def announce(self) -> None:
        """Write all changes and what tells of them, once, at the end."""
        if not self.changed:
            return
        await stored_config.number(self.tx, self._revision)
        await config_copy.keep(self.tx, self.changed)
        await self._publish(self.changed)

    async def _number(self, kind: str, id_: str, data: JsonObject, *, deleted: bool) -> ConfigChanged:
        self._revision += 1
        change = ConfigChanged(
            kind=kind,
            id=id_,
            revision=self._revision,
            deleted=deleted,
            data=data,
            changed_by=self.cause.actor,
            changed_at=await self.tx.now(),
        )
        self.changed.append(change)
        return change

    async def _publish(self, changes: Sequence[ConfigChanged]) -> None:
        now = await self.tx.now()
        about = About(at=now, cause=self.cause)
        messages = [self.outbox.message(topics.CONFIG, f"{c.kind}/{c.id}", c, about) for c in changes]
        parcels = [self.outbox.parcel(message) for message in messages]
        entries = [journal.entry(m.envelope, m.key, p.value, now) for m, p in zip(messages, parcels, strict=True)]
        await stored_journal.write(self.tx, entries)
        await self.outbox.put(self.tx, parcels)
