"""What a person makes of a signal that found nobody."""

from typing import Annotated
from uuid import UUID

from chassis.database import Transaction
from chassis.problems import Problem
from contracts.commands import Creation
from fastapi import APIRouter
from fastapi import Body as Sent
from pydantic import model_validator

from crm_api.access.rights import Forbidden
from crm_api.http.addresses import ITEM, SignalId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.intake.releasing import Choice, NotHeld, SignalUnknown, release
from crm_api.record.changing import Changes
from crm_api.record.items import ItemUnknown
from crm_api.store import rights as stored_rights
from crm_api.store.signals import Decision

router = APIRouter(prefix="/v1/signals", tags=["timeline"])
CREATION = {"type": "deal", "pipeline": "deal/retail", "stage": "new", "contact": {"name": "name", "phone": "phone"}}
EXAMPLES = {
    "ignore": {"summary": "It is nothing", "value": {"ignore": True}},
    "item": {"summary": "It is about this item", "value": {"item": ITEM}},
    "create": {"summary": "Somebody new", "value": {"create": CREATION}},
}


class Release(Body):
    """What a held signal means: it is about an item, something new is to be made of it, or it is nothing."""

    item: UUID | None = None
    create: Creation | None = None
    ignore: bool = False

    @model_validator(mode="after")
    def one_of_three(self) -> "Release":
        """Refuse what says nothing, or more than one thing."""
        if [self.item is not None, self.create is not None, self.ignore].count(True) != 1:
            raise ValueError("send one of item, create, ignore")
        return self


class Released(Body):
    """What became of it, and which items it reached."""

    signal: UUID
    decision: Decision
    items: tuple[UUID, ...]


@router.post("/{signal_id}/apply")
async def apply(
    signal_id: SignalId, body: Annotated[Release, Sent(openapi_examples=EXAMPLES)], request: ByPerson
) -> Released:
    """Decide a signal that waits for a person; it is decided once, whoever is faster."""
    async with request.transaction() as tx:
        await may(request, tx, body)
        # What follows is as if the signal came now: a trigger acts as the system, with the person's word as its cause.
        changes = Changes(tx, request.knowledge, request.cause, request.process.outbox)
        try:
            decision, items = await release(changes, signal_id, Choice(body.item, body.create))
        except SignalUnknown as error:
            raise Problem(404, "There is no such signal", detail=str(error)) from None
        except NotHeld as error:
            raise Problem(409, "The signal does not wait", detail=str(error)) from None
        await changes.announce()
    return Released(signal=signal_id, decision=decision, items=tuple(items))


async def may(request: Asked, tx: Transaction, body: Release) -> None:
    """Refuse who may not change the item, make the new one, or add any at all; raises `Forbidden` or `ItemUnknown`."""
    rights = request.rights
    if body.create is not None:
        rights.settled(body.create.type, body.create.pipeline, None)
    elif body.item is None:
        if not rights.reach("add").places:
            raise Forbidden("decide", "signals")
    else:
        permitted = await stored_rights.permitted(tx, [body.item], rights.reach("read"), rights.reach("change"))
        if body.item not in permitted:
            raise ItemUnknown(body.item)
        if not permitted[body.item]:
            raise Forbidden("change", f"item {body.item}")
