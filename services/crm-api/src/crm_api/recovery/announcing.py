"""Tells of every item once more, for readers that begin anew and after a restore; of the config too, where wanted.

A job: its next chunk is written only while little waits to be carried, and it goes on where it was broken off.
"""

from datetime import datetime
from uuid import UUID

from chassis.outbox import About
from contracts import topics
from contracts.data import JsonObject
from contracts.items import ItemSnapshot, Suppression
from contracts.rules import RuleSetRef

from crm_api.background.jobs import Chunk, Step
from crm_api.record.items import Stored, persons
from crm_api.store import announcements as store
from crm_api.store import items as stored_items

KIND = "announce"
CHUNK = 200
FIRST = UUID(int=0)


def as_params(types: list[str], since: datetime | None, *, config: bool) -> JsonObject:
    """Write what is wanted as the parameters of a job: items of these types (none: all), and the config."""
    return {"types": sorted(types), "since": since.isoformat() if since else None, "config": config}


async def work(chunk: Chunk) -> Step:
    """Tell of the next records of the config, and when all are told, of the next items."""
    cursor = chunk.job.cursor
    if chunk.job.params["config"] and "item" not in cursor:
        return await tell_config(chunk, cursor.get("revision", 0))
    return await tell_items(chunk, UUID(cursor.get("item", str(FIRST))))


async def tell_config(chunk: Chunk, after: int) -> Step:
    """Tell of config records in the order of their revisions, each under the one that it has."""
    changes = await store.next_config(chunk.tx, after, CHUNK)
    about = About(at=await chunk.tx.now(), cause=chunk.job.cause)
    outbox = chunk.outbox
    await outbox.publish(chunk.tx, [outbox.message(topics.CONFIG, f"{c.kind}/{c.id}", c, about) for c in changes])
    cursor = {"revision": changes[-1].revision} if len(changes) == CHUNK else {"item": str(FIRST)}
    return Step(cursor, more=True, done=len(changes), counts={"config": len(changes)})


async def tell_items(chunk: Chunk, after: UUID) -> Step:
    """Tell of items in the order of their ids; who changes one of them now is waited for."""
    ids = await store.next_items(chunk.tx, chunk.job.params["types"], after, CHUNK)
    found = (await stored_items.load_with_linked(chunk.tx, ids)).items
    written = chunk.job.params["since"]
    since = datetime.fromisoformat(written) if written else None
    messages = []
    for id_ in ids:
        told = snapshot(found[id_], found, chunk.knowledge.revision, since)
        about = About(at=await chunk.tx.now(), cause=chunk.job.cause, persons=persons(told.item, told.linked))
        messages.append(chunk.outbox.message(topics.ITEMS, id_, told, about))
    await chunk.outbox.publish(chunk.tx, messages)
    cursor = {"item": str(ids[-1] if ids else after)}
    return Step(cursor, more=len(ids) == CHUNK, done=len(ids), counts={"items": len(ids)})


def snapshot(stored: Stored, known: dict[UUID, Stored], revision: int, since: datetime | None) -> ItemSnapshot:
    """Give an item as it stands, with what it links to."""
    item = stored.item
    return ItemSnapshot(
        item=item,
        linked=tuple(known[id_].item for id_ in dict.fromkeys(link.id for link in item.links)),
        config=revision,
        rule_set=RuleSetRef(pipeline=item.pipeline, number=stored.rule_set) if item.pipeline else None,
        suppressed=Suppression(job=stored.suppressed) if stored.suppressed is not None else None,
        since=since,
    )
