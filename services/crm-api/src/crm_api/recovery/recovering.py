"""After a restore: brings back what crm-api had told of items and config since the backup, from its own topics.

Everything happens in one transaction, while no other process of crm-api runs; broken off, it has not happened.
1. Config records of a higher revision are kept, and revisions are numbered on from the highest.
2. Each item whose announcements tell a higher version than the restored one is as the newest of them says.
3. All that was told since is written into journal and timelines, and what was answered and decided is known again.
4. Conversations have the messages that were told since; see `conversations.py`.
5. Whoever was erased is erased once more, since the backup, or a topic, may hold them.

Signals and commands that left no trace come again when the group `crm-api.consume` is rewound to before the backup.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from automation.knowledge import Knowledge
from chassis import config_copy
from chassis.database import Transaction
from chassis.process import Process
from chassis.received import Reads, Received, read
from chassis.replay import replayed
from contracts import topics
from contracts.config import ConfigChanged
from contracts.data import JsonObject
from contracts.envelope import Envelope
from contracts.ids import derived
from contracts.items import CommandCompleted, ItemChanged, ItemDeleted, ItemEvent, ItemStageChanged, RelayProgress
from contracts.topics import Topic

from crm_api.erasure import erasing
from crm_api.record import journal
from crm_api.record.items import Draft, Stored
from crm_api.record.journal import Entry
from crm_api.record.keeping import KEEPERS
from crm_api.record.lines import Line
from crm_api.record.rebuilding import EVENTS, Entries, note_entry, of_item, stored_of
from crm_api.record.uniqueness import check_unique
from crm_api.recovery import conversations
from crm_api.store import config as stored_config
from crm_api.store import items as stored_items
from crm_api.store import journal as stored_journal
from crm_api.store import lines as stored_lines
from crm_api.store import recovery as store

READS = Reads.of((*EVENTS.values(), CommandCompleted, ConfigChanged), ignored=(RelayProgress,))
CHUNK = 500


@dataclass
class Recovered:
    """What came back."""

    items: int = 0
    config: int = 0
    messages: int = 0


@dataclass
class Recovery:
    """One recovery; `had` are the versions that the backup has, `newest` what each item that is behind will be."""

    tx: Transaction
    had: dict[UUID, int] = field(default_factory=dict)
    newest: dict[UUID, Received] = field(default_factory=dict)
    entries: Entries = field(default_factory=dict)

    async def take(self, batch: list[Received]) -> None:
        """Take what was told: what is news goes into the journal and the timelines at once."""
        events = [one for one in batch if isinstance(one.data, ItemEvent)]
        unknown = {one.data.item.id for one in events} - self.had.keys()
        versions = await store.versions(self.tx, unknown)
        self.had |= {id_: versions.get(id_, 0) for id_ in unknown}
        news = [one for one in events if one.data.item.version > self.had[one.data.item.id]]
        for one in news:
            self._note(one)
        await store.know(self.tx, events)
        await store.answer(self.tx, [one for one in batch if isinstance(one.data, CommandCompleted)])
        await self.write(news)
        # What is collected is sent now, so that it does not pile up.
        await self.tx.finish()

    def _note(self, one: Received) -> None:
        note_entry(self.entries, one.data)
        known = self.newest.get(one.data.item.id)
        if of_item(one.data) and (known is None or known.data.item.version < one.data.item.version):
            self.newest[one.data.item.id] = one

    async def write(self, news: Sequence[Received]) -> None:
        """Write announcements into the journal as they were published, and the lines that they stand for."""
        await stored_journal.write(self.tx, [entry_of(one) for one in news])
        await stored_lines.add(self.tx, [line for one in news for line in lines_of(one.data, one.envelope)])

    async def restore(self, knowledge: Knowledge) -> None:
        """Write the items that are behind: all of them first, then what they link to, which may be any of them."""
        before = await stored_items.load(self.tx, self.newest)
        for known in before.values():
            self.entries.setdefault((known.item.id, known.item.activation), known.suppressed)
        told = [
            stored_of(one.data, self.entries.get((id_, one.data.item.activation))) for id_, one in self.newest.items()
        ]
        for part in parts(told):
            await stored_items.save(self.tx, [bare(one) for one in part])
            await self.tx.finish()
        for part in parts(told):
            await self._beside(knowledge, [draft(before.get(one.item.id), one) for one in part])

    async def _beside(self, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
        await check_unique(self.tx, knowledge, drafts)
        await stored_items.save(self.tx, drafts)
        for keep in KEEPERS:
            await keep(self.tx, knowledge, drafts)
        await self.tx.finish()


async def recover(process: Process[Knowledge], since: datetime | None) -> Recovered:
    """Bring everything back, and give how much it was."""
    async with process.database.transaction() as tx:
        revision = await stored_config.lock(tx)
        config = [one async for batch in told(process, topics.CONFIG, since) for one in batch]
        newer = [one for one in config if one.data.revision > revision]
        await restore_config(tx, newer)
        recovery = Recovery(tx)
        async for batch in told(process, topics.ITEMS, since):
            await recovery.take(batch)
        knowledge = await process.config.view(tx)
        await recovery.restore(knowledge)
        messages = await conversations.recover(tx, process, since)
        for erasure in await stored_config.of_kind(tx, "erasure"):
            await erasing.again(tx, knowledge, erasure.record())
    return Recovered(len(recovery.newest), len(newer), messages)


async def told(process: Process[Knowledge], topic: Topic, since: datetime | None) -> AsyncIterator[list[Received]]:
    """Give what crm-api told on a topic, in batches; a compacted one is read from its beginning."""
    prefix = process.kafka.prefix
    async for records in replayed(process.kafka, topic, since if topic.retention else None):
        found = (read(record, READS, prefix) for record in records)
        yield [one for one in found if one is not None]


async def restore_config(tx: Transaction, newer: Sequence[Received]) -> None:
    """Keep config records that the backup does not have, and number on from the last."""
    if not newer:
        return
    newest = config_copy.newest(one.data for one in newer)
    await config_copy.keep(tx, list(newest.values()))
    await stored_config.number(tx, max(one.data.revision for one in newer))
    await stored_journal.write(tx, [entry_of(one) for one in newer])


def entry_of(one: Received) -> Entry:
    """Give the entry that the journal had of a message."""
    return journal.entry(one.envelope, one.key, one.data.model_dump_json().encode(), one.envelope.time)


def lines_of(event: ItemEvent, envelope: Envelope) -> Iterator[Line]:
    """Give the lines of the timeline that an announcement stands for."""
    cause = {"actor": envelope.cause.actor, "correlation": str(envelope.cause.correlation), "why": event.why}
    for kind, body in stood_for(event):
        line_id = derived("recovered-line", envelope.id, kind)
        yield Line(event.item.id, envelope.time, kind, {k: v for k, v in (body | cause).items() if v}, id=line_id)


def stood_for(event: ItemEvent) -> Iterator[tuple[str, JsonObject]]:
    """Give the kind and the own words of each line that an announcement stands for."""
    match event:
        case ItemStageChanged(from_stage=None):
            yield "created", {"stage": event.item.stage, "pipeline": event.item.pipeline, **changes_of(event)}
        case ItemStageChanged():
            yield "moved", {"from": event.from_stage, "to": event.item.stage, **tunnel_of(event)}
            yield from changed_beside(event)
        case ItemDeleted():
            yield "deleted", {}
            yield from changed_beside(event)
        case ItemChanged():
            yield changed_as(event)
        case _:
            pass
    if event.signal is not None:
        yield "signal", event.signal.model_dump(mode="json", exclude={"payload"})


def changed_as(event: ItemChanged) -> tuple[str, JsonObject]:
    """Give the line on an item that was made without a stage, brought back, or changed."""
    if event.item.version == 1:
        return "created", changes_of(event)
    return ("restored", {}) if "deleted" in event.changed else ("changed", changes_of(event))


def changed_beside(event: ItemEvent) -> Iterator[tuple[str, JsonObject]]:
    """Give the line on fields that changed together with something else."""
    if event.changed:
        yield "changed", changes_of(event)


def changes_of(event: ItemEvent) -> JsonObject:
    """Give the words of a line on changed fields."""
    changes = {key: change.model_dump() for key, change in event.changed.items()}
    return {"changes": changes} if changes else {}


def tunnel_of(event: ItemStageChanged) -> JsonObject:
    """Give the words of a line on a move to another pipeline."""
    return {"from_pipeline": event.from_pipeline, "pipeline": event.item.pipeline} if event.from_pipeline else {}


def bare(stored: Stored) -> Draft:
    """Give an item without its links."""
    return draft(None, Stored(stored.item.model_copy(update={"links": ()}), stored.rule_set, stored.suppressed))


def draft(before: Stored | None, now: Stored) -> Draft:
    """Give an item as it becomes."""
    return Draft(before, now.item, now.rule_set, now.suppressed)


def parts(told: Sequence[Stored]) -> Iterator[Sequence[Stored]]:
    """Split what is written into parts."""
    return (told[n : n + CHUNK] for n in range(0, len(told), CHUNK))
