"""Currencies by stored rates: what an amount is worth in another currency, by the latest rate on or before a day."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from contracts.config import Rate
from contracts.money import Money

from automation.knowledge import Knowledge


class NoRate(LookupError):
    """No stored rate leads from one currency to another on a day."""

    def __init__(self, currency: str, to: str, day: date | None) -> None:
        on = f" on {day.isoformat()}" if day else ""
        super().__init__(f"no rate between {currency} and {to}{on}")


@dataclass(frozen=True, slots=True)
class Worth:
    """What an amount is worth in a currency: exact, not rounded, with the stored rates by which it was found."""

    amount: Fraction
    currency: str
    by: tuple[Rate, ...] = ()

    @property
    def seen(self) -> dict[str, Any]:
        """Give the rates as values that a decision has seen."""
        return {f"rate.{one.currency}/{one.to}": {"rate": str(one.rate), "on": one.on.isoformat()} for one in self.by}


class Rates:
    """All stored rates, ready to be asked."""

    def __init__(self, records: Iterable[Rate], portal: str) -> None:
        self._portal = portal
        self._of: defaultdict[tuple[str, str], list[Rate]] = defaultdict(list)
        for rate in sorted(records, key=lambda one: one.on):
            self._of[rate.currency, rate.to].append(rate)

    def convert(self, money: Money, to: str, day: date | None) -> Worth:
        """Convert money by the day's direct or inverse rate, else by way of the portal's currency; raises `NoRate`."""
        amount = Fraction(money.amount)
        if money.currency == to:
            return Worth(amount, to)
        if day is None:
            raise NoRate(money.currency, to, day)
        for way in ((to,), (self._portal, to)):
            steps = self._steps(money.currency, way, day)
            if steps is not None:
                for factor, _ in steps:
                    amount *= factor
                return Worth(amount, to, tuple(rate for _, rate in steps))
        raise NoRate(money.currency, to, day)

    def _steps(self, currency: str, way: tuple[str, ...], day: date) -> list[tuple[Fraction, Rate]] | None:
        steps: list[tuple[Fraction, Rate]] = []
        for to in way:
            step = self._step(currency, to, day)
            if step is None:
                return None
            steps.append(step)
            currency = to
        return steps

    def _step(self, currency: str, to: str, day: date) -> tuple[Fraction, Rate] | None:
        direct, inverse = self._latest(currency, to, day), self._latest(to, currency, day)
        # Of two that say the same in both directions the younger one holds; of one day the direct one.
        if direct is not None and (inverse is None or direct.on >= inverse.on):
            return Fraction(direct.rate), direct
        return None if inverse is None else (1 / Fraction(inverse.rate), inverse)

    def _latest(self, currency: str, to: str, day: date) -> Rate | None:
        rates = self._of.get((currency, to), [])
        place = bisect_right(rates, day, key=lambda one: one.on)
        return rates[place - 1] if place else None


def rates_of(knowledge: Knowledge) -> Rates:
    """Give the rates that hold in a portal."""
    portal = knowledge.portal.currency
    return knowledge.memo.of(("rates", portal), knowledge.rates, lambda: Rates(knowledge.rates.values(), portal))
