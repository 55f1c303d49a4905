"""Items in lists over HTTP."""

from typing import Annotated
from uuid import UUID

from contracts.items import Item
from fastapi import APIRouter, Query
from pydantic import Field

from crm_api.fields import FieldError
from crm_api.http.asking import Body, ByAnyone
from crm_api.store import items as stored_items

router = APIRouter(prefix="/v1/items", tags=["items"])
FIRST = ("", UUID(int=0))


class Listing(Body):
    """Which items to list: empty `stage` and `type` mean any; `after` is the `next` of the part before."""

    pipeline: str = ""
    stage: str = ""
    type: str = ""
    after: str = ""
    limit: int = Field(100, ge=1, le=1000)


class ItemsPage(Body):
    """A part of a list; `next` is what to send as `after` for the following part."""

    items: list[Item]
    next: str | None


@router.get("")
async def listing(which: Annotated[Listing, Query()], request: ByAnyone) -> ItemsPage:
    """List the items of a pipeline in the order of their stages and ids, or those that have no pipeline."""
    wanted = stored_items.Which(which.pipeline, which.stage, which.type)
    async with request.transaction() as tx:
        found = await stored_items.listed(tx, wanted, cursor(which.after), which.limit)
    follows = f"{found[-1].stage}/{found[-1].id}" if len(found) == which.limit else None
    return ItemsPage(items=found, next=follows)


def cursor(after: str) -> tuple[str, UUID]:
    """Read the place behind which a part of a list begins; raises `FieldError`."""
    if not after:
        return FIRST
    stage, _, id_ = after.rpartition("/")
    try:
        return stage, UUID(id_)
    except ValueError:
        raise FieldError("after", f"{after!r} is no place in the list", "send the `next` of the part before") from None
