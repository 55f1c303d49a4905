"""Notices over HTTP: what people are told inside the CRM; said by our services, read by whom they are for."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from crm_api.fields import LONGEST_TEXT, FieldError
from crm_api.http.addresses import ITEM, NOTICE_MADE, NoticeId
from crm_api.http.asking import Body, ByPerson, ByService
from crm_api.http.timeline import Limit, cursor
from crm_api.notices import Notice
from crm_api.record.presence import require_there
from crm_api.store import notices as store

router = APIRouter(prefix="/v1/notices", tags=["notices"])
EXAMPLE: JsonObject = {"id": NOTICE_MADE, "person": "ann", "item": ITEM, "text": "Payment is due tomorrow"}
FIRST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
After = Annotated[str, Query(max_length=100, description="The `next` of the part before.")]


class ShownNotice(Body):
    """A notice; `link` is the address of its item, `read_at` when it was read."""

    id: UUID
    person: str
    text: str
    sender: str
    at: datetime
    read_at: datetime | None
    item: UUID | None
    link: str | None

    @classmethod
    def of(cls, notice: Notice) -> "ShownNotice":
        """Show a notice."""
        return cls(**asdict(notice), link=f"/v1/items/{notice.item}" if notice.item else None)


MADE: dict[int | str, dict[str, Any]] = {
    200: {"model": ShownNotice, "description": "The notice was made with this id before."}
}


class NewNotice(Body):
    """What a person is to be told; `id` is the effect's, so that a second time tells nothing new."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    person: str
    item: UUID | None = None
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    sender: str = Field("", max_length=200, description="who says it; empty: the service that sends it")


class Notices(Body):
    """A part of the caller's notices: unread ones first, each the newest first; `next` begins the following part."""

    notices: list[ShownNotice]
    next: str | None


@router.post("", status_code=201, responses=MADE)
async def create(body: NewNotice, request: ByService, response: Response) -> ShownNotice:
    """Tell a person something, or give the notice that was made with this id."""
    async with request.transaction() as tx:
        known = await store.load(tx, body.id)
        if known is None:
            if body.person not in request.knowledge.people:
                raise FieldError("person", f"there is no person {body.person!r}", "send the id of a person")
            if body.item is not None:
                await require_there(tx, body.item)
            sender = body.sender or request.principal.name
            notice = Notice(body.id, body.person, body.item, body.text, sender, await tx.now())
            if await store.add(tx, notice):
                return ShownNotice.of(notice)
            known = await store.load(tx, body.id)
    assert known is not None  # noqa: S101  the id is taken, so there is one
    response.status_code = 200
    return ShownNotice.of(known)


@router.get("")
async def listing(request: ByPerson, after: After = "", limit: Limit = 100) -> Notices:
    """Give the caller's own notices, the unread ones first."""
    read, behind = place(after)
    async with request.transaction() as tx:
        person = request.rights.person
        found = await store.part(tx, person, read=read, before=behind, limit=limit)
        if not read and len(found) < limit:
            found += await store.part(tx, person, read=True, before=FIRST, limit=limit - len(found))
    following = written(found[-1]) if len(found) == limit else None
    return Notices(notices=[ShownNotice.of(one) for one in found], next=following)


@router.post("/{notice_id}/read", name="read")
async def read_it(notice_id: NoticeId, request: ByPerson) -> ShownNotice:
    """Note that you have read a notice of yours; a second time changes nothing."""
    async with request.transaction() as tx:
        notice = await store.read(tx, notice_id, request.rights.person, await tx.now())
    if notice is None:
        raise Problem(404, "There is no such notice", detail=f"you have no notice {notice_id}")
    return ShownNotice.of(notice)


def place(after: str) -> tuple[bool, tuple[datetime, UUID]]:
    """Read the place behind which a part begins: among the read ones or not, and behind which; raises `FieldError`."""
    if not after:
        return False, FIRST
    among, _, behind = after.partition("/")
    if among not in {"read", "unread"} or not behind:
        raise FieldError("after", f"{after!r} is no place in the list", "send the `next` of the part before")
    return among == "read", cursor(behind)


def written(notice: Notice) -> str:
    """Write the place of a notice in the list."""
    return f"{'read' if notice.read_at else 'unread'}/{notice.at.isoformat()}/{notice.id}"
