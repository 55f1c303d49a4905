"""The rows of goods of an item: what is sold, how much of it, and at which price."""

from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crm_api.fields import LONGEST_STRING, FieldError
from crm_api.goods.amounts import Exact, Percent, Quantity

MOST_ROWS = 500
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_STRING)]
Unit = Annotated[str, Field(max_length=30)]


class Strict(BaseModel):
    """A value that people write; a key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Discount(Strict):
    """What is taken off a whole row: a percentage, or an amount, in the prices' own terms."""

    percent: Percent | None = None
    amount: Exact | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) is (self.amount is None):
            raise ValueError("send either percent or amount")
        return self


class Row(Strict):
    """One row: a quantity of something at a price each, with its tax in percent, in the price or on top of it."""

    product: UUID | None = None
    name: Name
    quantity: Quantity
    unit: Unit = ""
    price: Exact
    discount: Discount | None = None
    tax: Percent = Decimal(0)
    tax_included: bool = False


class GivenRow(Strict):
    """A row as it is sent: of a product, all but the quantity may be left out, and is taken from the product."""

    product: UUID | None = None
    name: Name | None = None
    quantity: Quantity = Decimal(1)
    unit: Unit | None = None
    price: Exact | None = None
    discount: Discount | None = None
    tax: Percent | None = None
    tax_included: bool | None = None

    def row(self, known: dict[str, object], at: str) -> Row:
        """Make the row, with what is known of its product where it says nothing itself; raises `FieldError`."""
        said = {key: value for key, value in self if value is not None}
        values = {**known, **said}
        for key in ("name", "price"):
            if key not in values:
                raise FieldError(f"{at}.{key}", f"a row needs a {key}", "send it, or the id of a product")
        return Row.model_construct(**{**BARE, **values})


BARE: dict[str, object] = {"product": None, "unit": "", "discount": None, "tax": Decimal(0), "tax_included": False}
