"""The audit log over HTTP: read by admins, changed by nobody."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from crm_api.access.audit import Act
from crm_api.http.asking import Body, ByPerson
from crm_api.http.timeline import cursor, follows
from crm_api.store import audit as store

router = APIRouter(prefix="/v1/audit", tags=["audit"])
LATEST = (datetime.max.replace(tzinfo=UTC), UUID(int=0))


class Wanted(Body):
    """Which rows: empty means any; `after` is the `next` of the part before."""

    principal: str = Field("", examples=["user:ann"])
    operation: str = Field("", examples=["items.move"])
    subject: str = Field("", examples=["person/ann"])
    outcome: Literal["", "done", "refused"] = ""
    after: str = ""
    limit: int = Field(100, ge=1, le=1000)


class ActsPage(Body):
    """A part of the audit log, newest first; `next` is what to send as `after` for the following part."""

    acts: list[Act]
    next: str | None


@router.get("")
async def listing(wanted: Annotated[Wanted, Query()], request: ByPerson) -> ActsPage:
    """List who did what, and what was refused, newest first; for admins."""
    which = store.Which(wanted.principal, wanted.operation, wanted.subject, wanted.outcome)
    behind = cursor(wanted.after) if wanted.after else LATEST
    async with request.transaction() as tx:
        request.rights.require_admin()
        rows = await store.listed(tx, which, behind, wanted.limit)
    return ActsPage(acts=[Act.model_validate(row) for row in rows], next=follows(rows, "at", wanted.limit))
