"""Consents over HTTP: what a contact agreed to and refused, and what they say now."""

from typing import Annotated, Any
from uuid import UUID

from contracts.consents import CHANNELS, CONSENTS, ConsentChannel, ConsentSaid, ConsentState
from contracts.items import Item
from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from crm_api.consents import Consent
from crm_api.erasure.erasing import require_contact
from crm_api.http.addresses import CONTACT
from crm_api.http.asking import Body, ByPerson
from crm_api.http.items import locked
from crm_api.http.timeline import cursor, follows
from crm_api.record.consenting import Told, say
from crm_api.record.presence import readable
from crm_api.store import consents as store

router = APIRouter(prefix="/v1/contacts/{contact_id}/consents", tags=["consents"])
EXAMPLE: dict[str, Any] = {"state": "refused", "text": "by phone: no more letters, please"}
PERSON = "person"
Contact = Annotated[UUID, Path(description="The contact.", examples=[CONTACT])]
ChannelName = Annotated[
    ConsentChannel, Path(description=f"What it is about: {', '.join(CHANNELS)}.", examples=["email"])
]
Last = Annotated[int, Query(ge=1, le=1000, description="How much of what was said, the last first.")]
PART = 100


class SaidNow(Body):
    """What a contact says now; `text` are the words that they saw or said, `version` which wording it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    state: ConsentState
    text: str = Field("", max_length=200)
    version: str = Field("", max_length=100)


class Consents(Body):
    """What holds now, by channel, and a part of what was said, the last first.

    `next` is what to send as `after` for the following part.
    """

    channels: dict[str, ConsentState]
    history: list[Consent]
    next: str | None


@router.get("")
async def read(contact_id: Contact, request: ByPerson, after: str = "", limit: Last = PART) -> Consents:
    """Give what a contact agreed to and refused, and how that came."""
    async with request.transaction() as tx:
        contact = await readable(tx, contact_id, request.rights)
        require_contact(contact)
        history = await store.of(tx, contact_id, limit, cursor(after) if after else store.LATEST)
    return shown(contact, history, limit)


@router.put("/{channel}")
async def put(contact_id: Contact, channel: ChannelName, body: SaidNow, request: ByPerson) -> Consents:
    """Write down what a contact says about a channel; what waits to be sent to them is decided by it."""
    async with request.changing() as changes:
        contact = await locked(changes, contact_id)
        require_contact(contact)
        said = ConsentSaid(channel=channel, **body.model_dump())
        await say(changes, contact, [said], Told(PERSON, changes.cause.actor))
        history = await store.of(changes.tx, contact_id, PART)
    return shown(changes.item(contact_id), history, PART)


def shown(contact: Item, history: list[Consent], limit: int) -> Consents:
    """Show the consents of a contact; what nothing is known of is `unknown`."""
    held = contact.fields.get(CONSENTS) or {}
    behind = follows([{"at": one.at, "id": one.id} for one in history], "at", limit)
    channels = {channel: held.get(channel, "unknown") for channel in CHANNELS}
    return Consents(channels=channels, history=history, next=behind)
