"""The history of an item over HTTP."""

from fastapi import APIRouter

from crm_api.http.addresses import ItemId
from crm_api.http.asking import Body, ByPerson
from crm_api.http.timeline import Limit, cursor
from crm_api.record.history import HistoryEntry, entry
from crm_api.record.presence import readable
from crm_api.store import history as store

router = APIRouter(prefix="/v1/items", tags=["items"])


class HistoryPage(Body):
    """A part of a history in the order of time; `next` is what to send as `after` for the following part."""

    entries: list[HistoryEntry]
    next: str | None


@router.get("/{item_id}/history")
async def history(item_id: ItemId, request: ByPerson, after: str = "", limit: Limit = 100) -> HistoryPage:
    """Give every change of an item: who made it, when, and the values before and after; of a deleted one too."""
    async with request.transaction() as tx:
        await readable(tx, item_id, request.rights, deleted=True)
        rows = await store.of_item(tx, item_id, cursor(after), limit)
    follows = f"{rows[-1]['at'].isoformat()}/{rows[-1]['id']}" if len(rows) == limit else None
    return HistoryPage(entries=[entry(row) for row in rows], next=follows)
