"""Erasing a person over HTTP, and what became of it."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from chassis import erasure
from chassis.kafka import DEAD_LETTERS_KEPT
from chassis.problems import Problem
from contracts.config import Erasure
from contracts.redacting import bare_item
from contracts.topics import WEEK
from fastapi import APIRouter, Path
from pydantic import Field

from crm_api.config.configuring import ConfigChanges
from crm_api.erasure import erasing
from crm_api.http.addresses import CONTACT, ERASED
from crm_api.http.asking import Body, ByPerson
from crm_api.record.changing import Changes
from crm_api.record.items import ItemUnknown
from crm_api.store import config as stored_config

router = APIRouter(prefix="/v1", tags=["erasures"])
KIND = "erasure"
# On the day after: a topic is cleaned piece by piece.
DAY = timedelta(days=1)
Contact = Annotated[UUID, Path(description="The contact that is this person.", examples=[CONTACT])]
Erased = Annotated[UUID, Path(description="The contact that was this person.", examples=[ERASED])]


class ErasureReport(Body):
    """What was erased, and when nothing of it is left on its way.

    `removed` counts by place what crm-api wrote again or removed; the other services erase as soon as they hear of it.
    """

    contact: UUID
    erased_at: datetime
    removed: dict[str, int]
    topics_clean_on: date = Field(description="The day on which no topic holds anything of the person any more.")
    dead_letters_clean_on: date = Field(description="The same for messages that could not be read.")

    @classmethod
    def of(cls, erased: Erasure) -> "ErasureReport":
        """Report an erasure."""
        return cls(
            contact=erased.contact,
            erased_at=erased.at,
            removed=erased.removed,
            topics_clean_on=(erased.at + WEEK + DAY).date(),
            dead_letters_clean_on=(erased.at + DEAD_LETTERS_KEPT + DAY).date(),
        )


@router.post("/items/{contact}/erase")
async def erase(contact: Contact, request: ByPerson) -> ErasureReport:
    """Erase a person for good: their record, and what was told or made of them; only for admins, and never undone."""
    async with request.transaction() as tx:
        request.rights.require_admin("erase", f"item {contact}")
        await erasure.alone(tx)
        changes = Changes(tx, request.knowledge, request.cause, request.process.outbox)
        config = ConfigChanges(tx, request.cause, request.process.outbox)
        await config.lock()
        known = await config.current(KIND, str(contact))
        if known is not None:
            return ErasureReport.of(known.record())
        for merged in reversed(await erasing.of_one_person(tx, contact)):
            found = await erasing.begin(tx, request.knowledge, merged, request.sealer)
            report = await _erase(changes, found)
            await config.put(KIND, str(merged), report)
            await request.audit(tx, f"item {merged}", removed=report.removed)
        await changes.announce()
        await config.announce()
    return ErasureReport.of(report)


async def _erase(changes: Changes, found: erasing.Erasing) -> Erasure:
    person = (await changes.lock([found.contact])).get(found.contact)
    if person is None:
        raise ItemUnknown(found.contact)
    erasing.require_contact(person)
    await found.find(person)
    others = await changes.lock(found.items)
    for item in others.values():
        changes.erase(item.id, found.words.scrubbed(item))
    changes.erase(person.id, bare_item(person).model_copy(update={"deleted": True}))
    at = await changes.tx.now()
    await found.rewrite(at)
    return found.record(at)


@router.get("/erasures/{contact}")
async def read(contact: Erased, request: ByPerson) -> ErasureReport:
    """Give the report of an erasure."""
    async with request.transaction() as tx:
        request.rights.require_admin("read", f"erasure {contact}")
        known = await stored_config.record(tx, KIND, str(contact))
    if known is None:
        raise Problem(404, "There is no such erasure", detail=f"contact {contact} was not erased")
    return ErasureReport.of(known.record())
