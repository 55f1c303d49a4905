"""A document is numbered, and made once its file is there; both once by its id.

1. The template's counter is held, so that numbers have no gaps and no number stands twice.
2. A document of the same item and template is a new version with the number of the last one, unless it is to be new.
3. With its file it is made: a line on the item's timeline, and a signal for triggers.
"""

from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from contracts.data import JsonObject
from contracts.items import Item

from crm_api.documents.document import Again, Document, counter_of, ends, new_token
from crm_api.fields import FieldError
from crm_api.inside.signalling import Road, signal
from crm_api.record.lines import Line
from crm_api.store import documents as store
from crm_api.store import files as stored_files
from crm_api.store import lines as stored_lines

CREATED = "document.created"


async def number(
    tx: Transaction, wanted: Document, again: Again, days: int | None, of: Document | None = None
) -> Document:
    """Number a document whose template's counter is held; `of` is the one of which it is a version.

    `wanted` is complete but for number, version and link.
    """
    if of is None and again == "version":
        of = await store.latest(tx, wanted.item, wanted.template)
    if of is not None:
        place: JsonObject = {"number": of.number, "version": await store.last_version(tx, of) + 1}
    else:
        place = {"number": str(await store.next_number(tx, counter_of(wanted.template))), "version": 1}
    now = await tx.now()
    link = {"token": new_token(), "expires_at": ends(now, days), "created_at": now}
    return wanted.model_copy(update={**place, **link})


async def made(tx: Transaction, document: Document, item: Item, road: Road) -> None:
    """Tell that a document is made, on the timeline and to triggers."""
    named: JsonObject = {"document": str(document.id), "template": document.template}
    told = {**named, "number": document.number, "version": document.version}
    cause = road[1]
    line = {**told, "actor": cause.actor, "correlation": str(cause.correlation)}
    await stored_lines.add(tx, [Line(item.id, await tx.now(), "document", line)])
    await signal(tx, road, CREATED, of=document.id, item=item, payload=told)


async def require_file(tx: Transaction, file: str) -> None:
    """Refuse a file that is not kept; raises `FieldError`."""
    if not await stored_files.is_there(tx, file):
        raise FieldError("file", f"no file {file!r} is kept", "put its bytes to /v1/files first")


def blank(id_: UUID, item: UUID, template: str, now: datetime) -> Document:
    """Give a document that has no number and no file yet."""
    return Document(id=id_, item=item, template=template, number="", token="", created_at=now)
