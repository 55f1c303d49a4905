"""The rows of goods of items."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from asyncpg import Record
from chassis.database import Transaction
from contracts.money import Money

from crm_api.goods.rows import Discount, Row

CURRENCY = "SELECT currency FROM goods WHERE item = $1"
ROWS = (
    "SELECT product, name, quantity, unit, price, percent_off, amount_off, tax, tax_included"
    " FROM goods_row WHERE item = $1 ORDER BY position"
)
GROSS = "SELECT item, gross, currency FROM goods WHERE item = ANY($1::uuid[])"
EMPTY = "DELETE FROM goods WHERE item = $1"
PUT = "INSERT INTO goods (item, currency, gross) VALUES ($1, $2, $3)"
FILL = (
    "INSERT INTO goods_row (item, position, product, name, quantity, unit, price, percent_off, amount_off, tax,"
    " tax_included) SELECT $1, n, p, m, q, u, c, o, a, t, i FROM unnest($2::int[], $3::uuid[], $4::text[],"
    " $5::numeric[], $6::text[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::boolean[])"
    " AS r(n, p, m, q, u, c, o, a, t, i)"
)


async def load(tx: Transaction, item: UUID) -> tuple[str, tuple[Row, ...]] | None:
    """Load the currency and the rows of an item, None where it has none."""
    currency = await tx.fetchval(CURRENCY, item)
    return None if currency is None else (currency, tuple(read(row) for row in await tx.fetch(ROWS, item)))


async def gross(tx: Transaction, items: Iterable[UUID]) -> dict[UUID, Money]:
    """Give what the rows of items come to, of those that have any."""
    return {row["item"]: Money(row["gross"], row["currency"]) for row in await tx.fetch(GROSS, list(items))}


async def empty(tx: Transaction, item: UUID) -> None:
    """Take all rows off a locked item."""
    await tx.execute(EMPTY, item)


def fill(tx: Transaction, item: UUID, rows: Sequence[Row], gross_: Money) -> None:
    """Give rows to an item that has none, at the end of the transaction."""
    tx.at_the_end(PUT, item, gross_.currency, gross_.amount)
    columns = zip(*((n, *values(row)) for n, row in enumerate(rows)), strict=True)
    tx.at_the_end(FILL, item, *columns)


def values(row: Row) -> tuple[object, ...]:
    """Give a row as columns."""
    percent: Decimal | None = row.discount.percent if row.discount else None
    amount: Decimal | None = row.discount.amount if row.discount else None
    return row.product, row.name, row.quantity, row.unit, row.price, percent, amount, row.tax, row.tax_included


def read(row: Record) -> Row:
    """Read a row; what is in the database was checked on its way in."""
    columns = dict(row)
    percent, amount = columns.pop("percent_off"), columns.pop("amount_off")
    discount = None if percent is None and amount is None else Discount.model_construct(percent=percent, amount=amount)
    return Row.model_construct(**columns, discount=discount)
