"""Addresses that are written to no more: people say so, and take it back; the list itself is the workers'."""

from typing import Annotated, Any, Literal

from chassis.outbox import About
from contracts import topics
from contracts.actions import SetSuppression
from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from crm_api.fields import FieldError, Unfit, normal_email, normal_phone
from crm_api.http.asking import Asked, Body, ByPerson

router = APIRouter(prefix="/v1/suppressions", tags=["consents"])
EXAMPLE: dict[str, Any] = {"suppressed": False, "reason": "wrote to us herself"}
ROADS = {"email": topics.ACTIONS["email"], "phone": topics.ACTIONS["sms"]}
Way = Annotated[Literal["email", "phone"], Path(description="What kind of address it is.", examples=["email"])]
Address = Annotated[str, Path(description="The address.", max_length=254, examples=["ana@example.com"])]


class Word(Body):
    """Whether the address is written to no more, and why it is said."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    suppressed: bool
    reason: str = Field("", max_length=200)


class Said(Body):
    """What was handed to the workers."""

    way: str
    address: str
    suppressed: bool


@router.put("/{way}/{address}", status_code=202, name="suppress")
async def put(way: Way, address: Address, body: Word, request: ByPerson) -> Said:
    """Have an address written to no more, or again; the workers take it within a moment."""
    async with request.transaction() as tx:
        request.rights.require_admin("say who is written to", "")
        plain = normal(way, address, request)
        word = SetSuppression(way=way, address=plain, by=request.principal.name, **body.model_dump())
        hashes = (request.sealer.identity(way, plain),) if request.sealer else ()
        about = About(await tx.now(), request.cause, identities=hashes)
        outbox = request.process.outbox
        await outbox.publish(tx, [outbox.message(ROADS[way], plain, word, about)])
        await request.audit(tx, f"suppression/{way}", suppressed=body.suppressed)
    return Said(way=way, address=plain, suppressed=body.suppressed)


def normal(way: str, address: str, request: Asked) -> str:
    """Give an address in its one form; raises `FieldError`."""
    try:
        return normal_email(address) if way == "email" else normal_phone(address, request.knowledge.portal.country)
    except Unfit as error:
        raise FieldError(
            "address", f"{address!r:.100} cannot be read: {error}", "send it as it is written to"
        ) from None
