"""Money as it travels: a decimal and its currency, written `1200.00 EUR`."""

import re
from dataclasses import dataclass
from decimal import Decimal

from typing_extensions import override

WRITTEN = re.compile(r"(-?\d{1,24}(?:\.\d{1,8})?) ([A-Z]{3})")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency (ISO 4217)."""

    amount: Decimal
    currency: str

    @classmethod
    def read(cls, written: str) -> "Money":
        """Read `1200.00 EUR`; raises `ValueError` that shows the form."""
        match = WRITTEN.fullmatch(written)
        if match is None:
            raise ValueError(f"{written!r} is not money; write it like '1200.00 EUR'")
        return cls(Decimal(match[1]), match[2])

    @override
    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"
