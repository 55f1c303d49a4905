"""What a caller asks of a list, read by the config that holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from automation.knowledge import Knowledge
from automation.rates import NoRate, rates_of
from contracts.money import Money

from crm_api.access.rights import Reach
from crm_api.fields import FieldError
from crm_api.lists.filters import Reader, WrittenCondition
from crm_api.lists.searching import looked_for
from crm_api.lists.which import Which
from crm_api.record import places

# More digits than an amount has: what lies between two amounts still does when it is cut off.
DIGITS = 100
MOST_CONDITIONS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, as it was sent; empty `pipeline`, `stage` and `search` mean any.

    `sort` names a field, with a minus before it where the largest come first.
    """

    type: str
    pipeline: str = ""
    stage: str = ""
    conditions: Sequence[WrittenCondition] = field(default_factory=tuple)
    search: str = ""
    sort: str = "-id"


def read(knowledge: Knowledge, wanted: Wanted, reach: Reach, today: date) -> Which:
    """Read what is asked for; raises `FieldError` with the path of what is wrong."""
    places.known_type(knowledge, wanted.type)
    if len(wanted.conditions) > MOST_CONDITIONS:
        raise FieldError("all", f"these are {len(wanted.conditions)} conditions", f"send at most {MOST_CONDITIONS}")
    reader = Reader(knowledge, wanted.type, in_other_currencies(knowledge, today))
    conditions = tuple(reader.condition(one, f"all.{n}") for n, one in enumerate(wanted.conditions))
    return Which(
        type=wanted.type,
        reach=reach,
        pipeline=wanted.pipeline,
        stages=stages(knowledge, wanted),
        conditions=conditions,
        search=looked_for(wanted.search) if wanted.search else "",
        order=reader.order(wanted.sort.removeprefix("-"), "sort", descending=wanted.sort.startswith("-")),
    )


def stages(knowledge: Knowledge, wanted: Wanted) -> tuple[str, ...]:
    """Give the stages whose items are asked for; none where it is no matter of stages."""
    if not wanted.pipeline:
        if wanted.stage:
            raise FieldError("stage", "a stage without a pipeline", "send the pipeline too")
        return ()
    pipeline = places.known_pipeline(knowledge, wanted.type, wanted.pipeline)
    return (places.known_stage(pipeline, wanted.stage),) if wanted.stage else tuple(s.key for s in pipeline.stages)


def in_other_currencies(knowledge: Knowledge, day: date) -> Callable[[Money], list[Money]]:
    """Give what says what an amount is in every other currency for which a rate is stored, by that of a day."""
    rates = rates_of(knowledge)
    currencies = sorted({name for rate in knowledge.rates.values() for name in (rate.currency, rate.to)})

    def worth(money: Money) -> list[Money]:
        found = []
        for currency in currencies:
            try:
                amount = rates.convert(money, currency, day).amount
            except NoRate:
                continue
            if currency != money.currency:
                found.append(Money(as_decimal(amount), currency))
        return found

    return worth


def as_decimal(amount: Fraction) -> Decimal:
    """Give an exact amount as a decimal, which compares with every amount that a field holds as it does itself."""
    with localcontext(prec=DIGITS):
        return Decimal(amount.numerator) / Decimal(amount.denominator)
