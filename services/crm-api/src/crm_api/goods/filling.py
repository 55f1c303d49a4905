"""Rows of goods put on an item: its amount follows what they come to, in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from automation.knowledge import Knowledge
from automation.rates import NoRate, rates_of
from automation.wall_times import read_zone
from contracts.elements import ElementType
from contracts.items import Item
from contracts.money import Money

from crm_api.config.currencies import rounded_fraction
from crm_api.config.rates import check_currency
from crm_api.fields import FieldError
from crm_api.goods.products import Product
from crm_api.goods.rows import GivenRow, Row
from crm_api.goods.totals import Totals, totals
from crm_api.record.changing import Changes
from crm_api.store import goods as store
from crm_api.store import products as stored_products

Rows = tuple[Row, ...]


async def fill(changes: Changes, item: Item, given: Sequence[GivenRow], currency: str) -> tuple[Rows, Totals]:
    """Put these rows on a locked item in place of what it had; no currency means the one that it has.

    Without rows the amount stays what it is, and is people's own again. Raises `FieldError`.
    """
    type_ = with_goods(changes.knowledge, item.type)
    before = await store.load(changes.tx, item.id)
    currency = currency or currency_of(changes.knowledge, type_, item, before[0] if before else "")
    check_currency("currency", currency)
    rows = await read_rows(changes, given, currency)
    come_to = totals(rows, currency)
    if before == ((currency, rows) if rows else None):
        return rows, come_to
    await store.empty(changes.tx, item.id)
    put(changes, type_, item.id, rows, come_to)
    return rows, come_to


async def carry(changes: Changes, source: Item, made: Item) -> None:
    """Let a new item have the rows of goods of its source, where items of its type may have any."""
    type_ = changes.knowledge.types[made.type]
    found = await store.load(changes.tx, source.id) if type_.goods else None
    if found is None:
        return
    currency, rows = found
    put(changes, type_, made.id, rows, totals(rows, currency))


def put(changes: Changes, type_: ElementType, item: UUID, rows: Rows, come_to: Totals) -> None:
    """Keep rows of an item that has none, let its amount follow them, and tell of them on its timeline."""
    gross = Money(come_to.total.gross, come_to.currency)
    if rows:
        store.fill(changes.tx, item, rows, gross)
    if rows and type_.amount:
        changes.set_fields(item, {type_.amount: str(gross)}, "rows of goods")
    changes.note(item, "goods", {"rows": len(rows), "gross": str(gross), "goods": [told(row) for row in rows[:20]]})


def with_goods(knowledge: Knowledge, type_: str) -> ElementType:
    """Give a type whose items may have goods; raises `FieldError`."""
    known = knowledge.types.get(type_)
    if known is None or not known.goods:
        raise FieldError("rows", f"items of type {type_!r} have no goods", "switch `goods` on in the type")
    return known


def currency_of(knowledge: Knowledge, type_: ElementType, item: Item, had: str) -> str:
    """Give the currency of an item's goods: that of its rows, else of its amount, else the portal's."""
    amount = item.fields.get(type_.amount)
    return had or (Money.read(amount).currency if amount else knowledge.portal.currency)


async def read_rows(changes: Changes, given: Sequence[GivenRow], currency: str) -> Rows:
    """Make rows of what was sent, with what their products say; raises `FieldError`."""
    ids = {row.product for row in given if row.product}
    products = await stored_products.hold(changes.tx, ids) if ids else {}
    pricing = Pricing(changes.knowledge, currency, changes.now)
    return tuple(row.row(pricing.known(row, products, f"rows.{n}"), f"rows.{n}") for n, row in enumerate(given))


class Pricing:
    """What products cost in a currency on a day."""

    def __init__(self, knowledge: Knowledge, currency: str, now: datetime) -> None:
        self.knowledge = knowledge
        self.currency = currency
        self.day = now.astimezone(read_zone(knowledge.portal.zone)).date()

    def known(self, row: GivenRow, products: Mapping[UUID, Product], at: str) -> dict[str, object]:
        """Give what the product of a row says of it; raises `FieldError` for one that there is not."""
        if row.product is None:
            return {}
        product = products.get(row.product)
        if product is None:
            raise FieldError(f"{at}.product", f"there is no product {row.product}", "send the id of a product")
        price = self.price(product.price, at) if row.price is None else row.price
        says = {"name": product.name, "unit": product.unit, "tax": product.tax, "tax_included": product.tax_included}
        return {**says, "price": price}

    def price(self, price: Money, at: str) -> Decimal:
        """Give a price in the currency; raises `FieldError` where no rate leads there."""
        if price.currency == self.currency:
            return price.amount
        try:
            worth = rates_of(self.knowledge).convert(price, self.currency, self.day)
        except NoRate as error:
            raise FieldError(f"{at}.price", str(error), f"send the price in {self.currency}, or put a rate") from None
        return rounded_fraction(worth.amount, self.currency)


def told(row: Row) -> str:
    """Say a row in words."""
    return f"{row.quantity:f} {row.unit} {row.name}".replace("  ", " ")
