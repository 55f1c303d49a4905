"""How many items stand where, and what they are worth together: kept as what each change adds and takes away."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from automation.knowledge import Knowledge
from automation.rates import NoRate, rates_of
from chassis.database import Transaction
from contracts.items import Item
from contracts.money import Money

from crm_api.config.currencies import rounded_fraction
from crm_api.record.items import Draft
from crm_api.store import totals as store


@dataclass(frozen=True, slots=True)
class Total:
    """How many items stand in a stage, and the sums of their amounts by currency."""

    count: int
    sums: dict[str, Decimal]

    @property
    def money(self) -> list[Money]:
        """Give the sums, by the names of their currencies."""
        return [Money(amount, currency) for currency, amount in sorted(self.sums.items())]


NOTHING = Total(0, {})


async def keep_totals(tx: Transaction, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
    """Write what changes of the totals, at the end of the transaction."""
    await store.add(tx, differences(knowledge, drafts))


def differences(knowledge: Knowledge, drafts: Iterable[Draft]) -> list[store.Difference]:
    """Give what changed items add to the totals, and take from them."""
    counts: defaultdict[store.Standing, int] = defaultdict(int)
    sums: defaultdict[store.Standing, Decimal] = defaultdict(Decimal)
    for item, sign in standing(drafts):
        money = amount(knowledge, item)
        currency = money.currency if money else ""
        place = store.Standing(item.type, item.pipeline, item.stage, item.responsible or "", currency)
        counts[place] += sign
        sums[place] += sign * money.amount if money else 0
    return [(*place, count, sums[place]) for place, count in counts.items() if count or sums[place]]


def standing(drafts: Iterable[Draft]) -> Iterator[tuple[Item, int]]:
    """Give items as they were, each with -1, and as they are, with 1; deleted ones stand nowhere."""
    for draft in drafts:
        if draft.before is not None and not draft.before.item.deleted:
            yield draft.before.item, -1
        if not draft.item.deleted:
            yield draft.item, 1


def amount(knowledge: Knowledge, item: Item) -> Money | None:
    """Give what an item is worth, in the field that its type sums; None where that is empty."""
    type_ = knowledge.types.get(item.type)
    value = item.fields.get(type_.amount) if type_ and type_.amount else None
    return Money.read(value) if isinstance(value, str) else None


def by_stage(rows: Iterable[store.Sum]) -> dict[str, Total]:
    """Give the totals of stages that hold anything."""
    counts: defaultdict[str, int] = defaultdict(int)
    sums: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in rows:
        counts[row.stage] += row.count
        if row.currency and (row.count or row.amount):
            sums[row.stage][row.currency] = row.amount
    return {stage: Total(count, sums[stage]) for stage, count in counts.items() if count or sums[stage]}


def together(knowledge: Knowledge, total: Total, day: date) -> Money | None:
    """Give all sums as one amount in the portal's currency, by the rates of a day; None where a rate is missing."""
    currency = knowledge.portal.currency
    try:
        parts = [rates_of(knowledge).convert(money, currency, day).amount for money in total.money]
    except NoRate:
        return None
    return Money(rounded_fraction(sum(parts, Fraction(0)), currency), currency)
