"""Parts of lists: each reads along one index in the order of the list, or the few items that a condition leaves.

Which way is taken is decided here and not left to estimates: what a condition leaves is counted, up to `FEW`. Where it
leaves few, these are read and sorted. Else the list is walked in its order until the part is full.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asyncpg import Record
from chassis.database import Transaction
from contracts.items import Item

from crm_api.lists.cursors import Place
from crm_api.lists.which import Which
from crm_api.store.items import stored
from crm_api.store.list_queries import Lookup, lookups, merged, query, standing
from crm_api.store.predicates import Values

FEW = 3000
# Other plans than lookups along these indexes never suit: they read all items.
WALK = (
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_hashjoin', 'off', true),"
    " set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """An item in a list, and its key in the order of the list."""

    item: Item
    key: str | None

    @property
    def place(self) -> Place:
        """Give where a part that ends with it ends."""
        return Place(self.key, self.item.id)


async def part(tx: Transaction, which: Which, after: Place | None, limit: int) -> list[Listed]:
    """Give so many items of a list behind a place in its order; those without a value are its end."""
    await tx.fetch(WALK)
    by_field = which.order.field != "id"
    ways = [*lookups(which), *([standing(which)] if by_field and which.stages else [])]
    few = fewest(ways, await _counts(tx, ways))
    if few is None and by_field:
        return await _walked(tx, which, after, limit)
    return await _page(tx, which, few, after, limit)


async def _walked(tx: Transaction, which: Which, after: Place | None, limit: int) -> list[Listed]:
    in_values = after is None or after.key is not None
    found = await _page(tx, which, None, after, limit) if in_values else []
    if len(found) < limit and which.may_lack_value:
        found += await _page(tx, which.without_value, None, None if in_values else after, limit - len(found))
    return found


async def board(tx: Transaction, which: Which, limit: int) -> dict[str, list[Listed]]:
    """Give the first items of each of these stages, in one query; those without a value are the end of a long one."""
    found: dict[str, list[Listed]] = {stage: [] for stage in which.stages}
    if not found:
        return found
    await tx.fetch(WALK)
    values = Values()
    sql, walked = await _all_stages(tx, values, which, limit)
    for row in await tx.fetch(sql, *values.all):
        found[row["stage"]].append(_listed(row))
    for one in walked:
        [stage] = one.stages
        if len(found[stage]) < limit and one.may_lack_value:
            found[stage] += await _page(tx, one.without_value, None, None, limit - len(found[stage]))
    return found


async def _all_stages(tx: Transaction, values: Values, which: Which, limit: int) -> tuple[str, list[Which]]:
    stages = [which.in_stage(stage) for stage in which.stages]
    common, own = lookups(which), _standings(which, stages)
    counts = await _counts(tx, [*common, *own])
    few = fewest(common, counts)
    if few:
        once = f"WITH few AS MATERIALIZED ({few(values)}) "
        return once + _united(query(values, one, found_once, None, limit) for one in stages), []
    ways = [fewest(own[n : n + 1], counts[len(common) + n :]) for n in range(len(stages))]
    united = _united(query(values, one, way, None, limit) for one, way in zip(stages, ways, strict=True))
    return united, _without_few(stages, ways) if own else []


def _standings(which: Which, stages: Sequence[Which]) -> list[Lookup]:
    return [standing(one) for one in stages] if which.order.field != "id" else []


def _without_few(stages: Sequence[Which], ways: Sequence[Lookup | None]) -> list[Which]:
    return [one for one, way in zip(stages, ways, strict=True) if way is None]


def _united(queries: Iterable[str]) -> str:
    return " UNION ALL ".join(f"({one})" for one in queries)


def found_once(_: Values) -> str:
    """Give the lookup of what a query has looked up already, for all its parts."""
    return "SELECT item FROM few"


def fewest(ways: Sequence[Lookup], counts: Sequence[int]) -> Lookup | None:
    """Give the lookup that leaves the fewest items; None where none leaves few."""
    count, n = min(((counts[n], n) for n in range(len(ways))), default=(FEW + 1, 0))
    return ways[n] if count <= FEW else None


async def _page(tx: Transaction, which: Which, few: Lookup | None, after: Place | None, limit: int) -> list[Listed]:
    values = Values()
    if few is None and which.stages and which.order.field == "id":
        # Each stage is a range of the index in the order of the list.
        queries = [query(values, which.in_stage(stage), None, after, limit) for stage in which.stages]
        sql = merged(queries, which.order, limit)
    else:
        sql = query(values, which, few, after, limit)
    return [_listed(row) for row in await tx.fetch(sql, *values.all)]


async def _counts(tx: Transaction, ways: Sequence[Lookup]) -> list[int]:
    if not ways:
        return []
    values = Values()
    counts = (f"(SELECT count(*) FROM ({one(values)} LIMIT {FEW + 1:d}) AS found)" for one in ways)
    query = f"SELECT ARRAY[{', '.join(counts)}]"
    return list(await tx.fetchval(query, *values.all))


def _listed(row: Record) -> Listed:
    return Listed(stored(row).item, row["key"])
