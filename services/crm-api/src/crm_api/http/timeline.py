"""What happened and what will: an item's timeline, and the signals that wait for a person."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from contracts.data import JsonObject
from fastapi import APIRouter, Query

from crm_api.access.rights import Forbidden
from crm_api.executions.telling import TimelineRow, told
from crm_api.fields import FieldError
from crm_api.http.addresses import ItemId
from crm_api.http.asking import Body, ByPerson
from crm_api.record.presence import readable
from crm_api.store import signals as stored_signals
from crm_api.store import timeline as store

router = APIRouter(prefix="/v1", tags=["timeline"])
FIRST = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
Limit = Annotated[int, Query(ge=1, le=1000)]


class TimelinePage(Body):
    """A part of a timeline in the order of time; `next` is what to send as `after` for the following part."""

    rows: list[TimelineRow]
    next: str | None


class HeldSignal(Body):
    """A signal that found nobody and waits for a person; `command` is all that is known of it."""

    id: UUID
    kind: str
    source: str
    decided_at: datetime
    command: JsonObject


class HeldPage(Body):
    """A part of the held signals, oldest first."""

    signals: list[HeldSignal]
    next: str | None


@router.get("/items/{item_id}/timeline", name="read")
async def timeline(item_id: ItemId, request: ByPerson, after: str = "", limit: Limit = 1000) -> TimelinePage:
    """Give an item's timeline; that of a deleted item stays readable."""
    async with request.transaction() as tx:
        await readable(tx, item_id, request.rights, deleted=True)
        rows = await store.of_item(tx, item_id, cursor(after), limit)
    return TimelinePage(rows=[told(row) for row in rows], next=follows(rows, "at", limit))


@router.get("/signals/held")
async def held(request: ByPerson, after: str = "", limit: Limit = 100) -> HeldPage:
    """List the signals that found nobody and whose source says that a person decides."""
    async with request.transaction() as tx:
        if not request.rights.reach("add").places:
            raise Forbidden("see", "held signals")
        rows = await stored_signals.held(tx, cursor(after), limit)
    signals = [HeldSignal(**{k: v for k, v in row.items() if k != "held"}, command=row["held"]) for row in rows]
    return HeldPage(signals=signals, next=follows(rows, "decided_at", limit))


def follows(rows: list[dict[str, Any]], at: str, limit: int) -> str | None:
    """Give the place behind the last row of a full part."""
    return f"{rows[-1][at].isoformat()}/{rows[-1]['id']}" if len(rows) == limit else None


def cursor(after: str) -> tuple[datetime, UUID]:
    """Read the place behind which a part begins; raises `FieldError`."""
    if not after:
        return FIRST
    at, _, id_ = after.rpartition("/")
    try:
        # A "+" in an address that nobody escaped arrives as a blank.
        read = datetime.fromisoformat(at.replace(" ", "+"))
        return read.astimezone(UTC), UUID(id_)
    except (ValueError, OverflowError):
        raise FieldError("after", f"{after!r} is no place in the list", "send the `next` of the part before") from None
