"""Exact numbers as they travel: texts, never JSON numbers."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

FORM = r"[0-9]{1,12}(\.[0-9]{1,6})?"
WRITTEN = re.compile(FORM)


def read_exact(value: Any) -> Decimal:
    """Read a number as it is written; a JSON number has been through binary, so only text is exact."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not WRITTEN.fullmatch(value):
        raise ValueError("send it as text, like '12.50', with at most 12 digits before and 6 behind the point")
    return Decimal(value)


Exact = Annotated[
    Decimal,
    BeforeValidator(read_exact),
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{FORM}$", "examples": ["12.50"]}),
]
Quantity = Annotated[Exact, Field(gt=0)]
Percent = Annotated[Exact, Field(le=100)]
