"""Products."""

from collections.abc import Iterable
from uuid import UUID

from asyncpg import Record, UniqueViolationError
from chassis.database import Transaction
from contracts.money import Money

from crm_api.goods.products import Product

COLUMNS = "id, sku, name, unit, price, currency, tax, tax_included, active"
ADD = f"INSERT INTO product ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id"
CHANGE = (
    "UPDATE product SET sku = $2, name = $3, unit = $4, price = $5, currency = $6, tax = $7, tax_included = $8,"
    " active = $9 WHERE id = $1"
)
LOAD = f"SELECT {COLUMNS} FROM product WHERE id = ANY($1::uuid[])"
LOCK = f"{LOAD} FOR UPDATE"
HOLD = f"{LOAD} ORDER BY id FOR KEY SHARE"
SOLD = "SELECT true FROM goods_row WHERE product = $1 LIMIT 1"
DELETE = "DELETE FROM product WHERE id = $1"
# Walks the index by name from where the page before ended, and stops at the limit.
FOUND = (
    f"SELECT {COLUMNS} FROM product WHERE (lower(name), id) > (lower($1), $2) AND (active OR NOT $3)"
    " AND (strpos(lower(name), lower($4)) > 0 OR starts_with(lower(sku), lower($4))) ORDER BY lower(name), id LIMIT $5"
)


async def add(tx: Transaction, product: Product) -> bool:
    """Keep a new product; gives False where its number is held by another one."""
    return await tx.fetchval(ADD, *values(product)) is not None


async def change(tx: Transaction, product: Product) -> bool:
    """Keep a locked product as it now is; gives False, and ends the transaction, where another one has its number."""
    try:
        await tx.execute(CHANGE, *values(product))
    except UniqueViolationError:
        return False
    return True


async def load(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Product]:
    """Load products by id."""
    return {row["id"]: read(row) for row in await tx.fetch(LOAD, list(ids))}


async def hold(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Product]:
    """Load products by id, and let nobody delete them until the end of the transaction."""
    return {row["id"]: read(row) for row in await tx.fetch(HOLD, list(ids))}


async def lock(tx: Transaction, id_: UUID) -> Product | None:
    """Lock a product and give it, None where there is none."""
    row = await tx.fetchrow(LOCK, [id_])
    return None if row is None else read(row)


async def sold(tx: Transaction, id_: UUID) -> bool:
    """Say whether a row of goods names the product."""
    return bool(await tx.fetchval(SOLD, id_))


async def delete(tx: Transaction, id_: UUID) -> None:
    """Delete a product that no row of goods names."""
    await tx.execute(DELETE, id_)


async def found(
    tx: Transaction, text: str, after: tuple[str, UUID], limit: int, *, active: bool = False
) -> list[Product]:
    """List products by name whose name holds a text, or whose number begins with it, behind a place in that order."""
    return [read(row) for row in await tx.fetch(FOUND, *after, active, text, limit)]


def values(product: Product) -> tuple[object, ...]:
    """Give a product as the columns of its row."""
    p = product
    return p.id, p.sku, p.name, p.unit, p.price.amount, p.price.currency, p.tax, p.tax_included, p.active


def read(row: Record) -> Product:
    """Read a row; what is in the database was checked on its way in."""
    columns = dict(row)
    price = Money(columns.pop("price"), columns.pop("currency"))
    return Product.model_construct(**columns, price=price)
