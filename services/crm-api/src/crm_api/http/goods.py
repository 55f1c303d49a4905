"""Rows of goods over HTTP: what is sold with an item, and what it comes to."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from crm_api.goods.filling import currency_of, fill, with_goods
from crm_api.goods.rows import MOST_ROWS, GivenRow, Row
from crm_api.goods.totals import Sums, Totals, totals
from crm_api.http.addresses import ItemId
from crm_api.http.asking import Body, ByAnyone, ByPerson
from crm_api.http.items import locked
from crm_api.record.presence import readable, require_there
from crm_api.store import goods as store

router = APIRouter(prefix="/v1/items", tags=["goods"])
EXAMPLE: dict[str, Any] = {
    "currency": "EUR",
    "rows": [
        {"name": "Oak table", "quantity": "1", "unit": "piece", "price": "1200.00", "tax": "23"},
        {"name": "Chair", "quantity": "4", "price": "99.90", "discount": {"percent": "10"}, "tax": "23"},
    ],
}


class GoodsRow(Row):
    """A row, and what it comes to."""

    sums: Sums


class Goods(Body):
    """The rows of goods of an item, in one currency, and what they come to."""

    currency: str
    rows: list[GoodsRow]
    total: Sums

    @classmethod
    def of(cls, rows: Sequence[Row], come_to: Totals) -> "Goods":
        """Show rows with what they come to."""
        shown = [GoodsRow.model_construct(**dict(row), sums=sums) for row, sums in zip(rows, come_to.rows, strict=True)]
        return cls.model_construct(currency=come_to.currency, rows=shown, total=come_to.total)


class NewGoods(Body):
    """Rows in place of those that are there; `version` of the item is what they were decided on."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    currency: str = ""
    rows: list[GivenRow] = Field(max_length=MOST_ROWS)
    version: int | None = None


@router.get("/{item_id}/goods")
async def read(item_id: ItemId, request: ByAnyone) -> Goods:
    """Give the rows of goods of an item, with what each and all of them come to."""
    async with request.transaction() as tx:
        # The worker puts them into documents, of items that it was asked to make some of.
        ours = request.principal.is_service
        item = await require_there(tx, item_id) if ours else await readable(tx, item_id, request.rights)
        type_ = with_goods(request.knowledge, item.type)
        currency, rows = await store.load(tx, item_id) or (currency_of(request.knowledge, type_, item, ""), ())
    return Goods.of(rows, totals(rows, currency))


@router.put("/{item_id}/goods")
async def put(item_id: ItemId, body: NewGoods, request: ByPerson) -> Goods:
    """Put rows of goods on an item; its amount follows what they come to, in the same moment."""
    async with request.changing() as changes:
        item = await locked(changes, item_id, body.version)
        return Goods.of(*await fill(changes, item, body.rows, body.currency))
