"""Products: what can be sold, at which price, with which tax."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from contracts.money import Money
from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from crm_api.config.currencies import is_known
from crm_api.goods.amounts import FORM, Percent, read_exact
from crm_api.goods.rows import Name, Strict, Unit


def read_price(value: Any) -> Money:
    """Read a price with its currency, such as `12.50 EUR`."""
    if isinstance(value, Money):
        return value
    money = Money.read(value) if isinstance(value, str) else None
    if money is None:
        raise ValueError("send it as text with its currency, like '12.50 EUR'")
    if not is_known(money.currency):
        raise ValueError(f"{money.currency} is no currency (ISO 4217)")
    return Money(read_exact(f"{money.amount:f}"), money.currency)


Price = Annotated[
    Money,
    PlainValidator(read_price),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{FORM} [A-Z]{{3}}$", "examples": ["12.50 EUR"]}),
]
Sku = Annotated[str, Field(min_length=1, max_length=100)]


class NewProduct(Strict):
    """A product as it is sent; its `sku` is held by no other one. One that is not `active` is sold no more."""

    sku: Sku
    name: Name
    unit: Unit = ""
    price: Price
    tax: Percent = Decimal(0)
    tax_included: bool = False
    active: bool = True


class Product(NewProduct):
    """A product."""

    id: UUID


class ProductPatch(Strict):
    """What to change of a product; what is left out stays."""

    sku: Sku | None = None
    name: Name | None = None
    unit: Unit | None = None
    price: Price | None = None
    tax: Percent | None = None
    tax_included: bool | None = None
    active: bool | None = None

    def of(self, product: Product) -> Product:
        """Give the product as it is after the change."""
        return product.model_copy(update={key: value for key, value in self if value is not None})
