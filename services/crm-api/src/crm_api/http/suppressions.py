"""Addresses that are written to no more: people ask, say so, and take it back; the list itself is the workers'."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from chassis.outbox import About
from contracts import topics
from contracts.actions import SetSuppression
from contracts.suppressions import SuppressionKind, fingerprint
from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from crm_api.fields import FieldError, Unfit, normal_email, normal_phone
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.store import suppressions as store
from crm_api.store.suppressions import Place, Suppression

router = APIRouter(prefix="/v1/suppressions", tags=["consents"])
EXAMPLE: dict[str, Any] = {"suppressed": False, "reason": "wrote to us herself"}
ROADS = {"email": topics.ACTIONS["email"], "phone": topics.ACTIONS["sms"]}
LATEST: Place = (datetime.max.replace(tzinfo=UTC), "")
BETWEEN = "~"
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


class Known(Body):
    """Whether an address is written to no more, since when and why.

    `kind` says who said so: its owner by a word like STOP, a person of ours, or a provider's report.
    """

    way: str
    address: str
    suppressed: bool
    kind: SuppressionKind | None = None
    reason: str = ""
    since: datetime | None = None


class Wanted(Body):
    """Which addresses: empty means any; `after` is the `next` of the part before."""

    kind: Literal["", "stop", "person", "report"] = ""
    way: Literal["", "email", "phone"] = ""
    after: str = ""
    limit: int = Field(100, ge=1, le=1000)


class Suppressions(Body):
    """A part of the list, newest first, by hashes; `next` is what to send as `after` for the following part."""

    suppressions: list[Suppression]
    next: str | None


@router.get("", name="suppressions")
async def listing(wanted: Annotated[Wanted, Query()], request: ByPerson) -> Suppressions:
    """List what is written to no more, newest first, by kind and reason; for admins, and without the addresses."""
    async with request.transaction() as tx:
        request.rights.require_admin("read who is not written to", "")
        found = await store.part(tx, place(wanted.after), wanted.kind, wanted.way, wanted.limit)
    last = found[-1] if len(found) == wanted.limit else None
    return Suppressions(suppressions=found, next=f"{last.since.isoformat()}{BETWEEN}{last.address}" if last else None)


@router.get("/{way}/{address}", name="suppression")
async def read(way: Way, address: Address, request: ByPerson) -> Known:
    """Say whether an address is written to no more, since when and why; for admins."""
    async with request.transaction() as tx:
        request.rights.require_admin("read who is not written to", "")
        plain = normal(way, address, request)
        found = await store.load(tx, fingerprint(way, plain))
    if found is None:
        return Known(way=way, address=plain, suppressed=False)
    return Known(way=way, address=plain, suppressed=True, kind=found.kind, reason=found.reason, since=found.since)


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
        known = fingerprint(way, plain)
        await request.audit(tx, f"suppression/{way}", **body.model_dump(), address=known)
    return Said(way=way, address=plain, suppressed=body.suppressed)


def normal(way: str, address: str, request: Asked) -> str:
    """Give an address in its one form; raises `FieldError`."""
    try:
        return normal_email(address) if way == "email" else normal_phone(address, request.knowledge.portal.country)
    except Unfit as error:
        raise FieldError(
            "address", f"{address!r:.100} cannot be read: {error}", "send it as it is written to"
        ) from None


def place(after: str) -> Place:
    """Read where a part of the list begins; raises `FieldError`."""
    if not after:
        return LATEST
    moment, _, address = after.partition(BETWEEN)
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), address
    except (ValueError, OverflowError):
        raise FieldError("after", "it is no place in this list", "send the next of the part before") from None
