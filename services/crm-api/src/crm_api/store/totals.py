"""The totals of stages: sums that stand, and what has been added to them since."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.store.rights import allowed

FOLDING = 86422
PLACE = "type, pipeline, stage, responsible, currency"
ADD = (
    f"INSERT INTO total_delta ({PLACE}, count, amount)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::numeric[])"
)
MAY_FOLD = f"SELECT pg_try_advisory_xact_lock({FOLDING})"
FOLD = (
    "WITH gone AS ("
    " DELETE FROM total_delta WHERE seq IN (SELECT seq FROM total_delta ORDER BY seq LIMIT $1)"
    f" RETURNING {PLACE}, count, amount), folded AS ("
    f" INSERT INTO total ({PLACE}, count, amount)"
    f" SELECT {PLACE}, sum(count), sum(amount) FROM gone GROUP BY {PLACE}"
    f" ON CONFLICT (pipeline, stage, type, responsible, currency) DO UPDATE"
    " SET count = total.count + excluded.count, amount = total.amount + excluded.amount)"
    " SELECT count(*) FROM gone"
)
OF_PIPELINE = (
    "SELECT i.stage, i.currency, sum(i.count)::bigint AS count, sum(i.amount) AS amount FROM standing i"
    f" WHERE i.pipeline = $1 AND {allowed(2)} GROUP BY i.stage, i.currency"
)
COUNTED = "SELECT type, amount FROM counted"
FORGET = "DELETE FROM counted WHERE type = $1"
RECOUNT = "SELECT recount($1, $2)"


class Standing(NamedTuple):
    """Where items stand together; `responsible` and `currency` are empty for items that have none."""

    type: str
    pipeline: str
    stage: str
    responsible: str
    currency: str


Difference = tuple[str, str, str, str, str, int, Decimal]


@dataclass(frozen=True, slots=True)
class Sum:
    """How many items of a stage have amounts in a currency, and what they are together."""

    stage: str
    currency: str
    count: int
    amount: Decimal


async def add(tx: Transaction, differences: Sequence[Difference]) -> None:
    """Add to the totals, at the end of the transaction."""
    if differences:
        tx.at_the_end(ADD, *zip(*differences, strict=True))


async def fold(tx: Transaction, limit: int) -> int:
    """Fold so many additions into the sums and give how many there were; 0 where another process does it."""
    return int(await tx.fetchval(FOLD, limit)) if await tx.fetchval(MAY_FOLD) else 0


async def of_pipeline(tx: Transaction, pipeline: str, reach: Reach) -> list[Sum]:
    """Give the sums of a pipeline's items that are within a reach."""
    rows = await tx.fetch(OF_PIPELINE, pipeline, *reach.values)
    return [Sum(row["stage"], row["currency"], row["count"], row["amount"]) for row in rows]


async def counted(tx: Transaction) -> dict[str, str]:
    """Give the types whose items are counted, each with the field that is summed."""
    return {row["type"]: row["amount"] for row in await tx.fetch(COUNTED)}


async def forget(tx: Transaction, type_: str) -> None:
    """Let a type be counted, and its items be found by their values, anew."""
    await tx.execute(FORGET, type_)


async def recount(tx: Transaction, type_: str, amount: str) -> None:
    """Count the items of a type, and sum this field; nobody changes items meanwhile."""
    await tx.execute(RECOUNT, type_, amount)
