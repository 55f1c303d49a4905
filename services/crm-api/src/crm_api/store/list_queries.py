"""The queries of lists as SQL; all that comes from outside is a parameter."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from crm_api.lists.conditions import Condition, Order
from crm_api.lists.cursors import Place
from crm_api.lists.which import Which
from crm_api.store.items import COLUMNS
from crm_api.store.predicates import Values, along, asked, looked_up

# Gives the query for some items, as `item`.
Lookup = Callable[[Values], str]


class Way(NamedTuple):
    """How the items are come by: the tables, and what the order of the list goes by there; no `key` where by id.

    `at` are the columns of the index that stand before the id, with the values at which the list stands. `gaps`: some
    may have no key.
    """

    source: str
    key: str
    id: str = "i.id"
    gaps: bool = False
    at: tuple[tuple[str, str], ...] = ()


def query(values: Values, which: Which, few: Lookup | None, after: Place | None, limit: int) -> str:
    """Give the query for a part of a list, along the index of its order, or from the few that a lookup leaves."""
    way = _way(values, which, few)
    tests = ["NOT i.deleted", *_tests(values, which), values.within(which.reach)]
    tests += _within(values, which.order, way, after) if way.at else _place(values, which)
    if way.id == "v.item":
        tests += _along(values, which)
    if after is not None and not way.at:
        tests.append(_behind(values, which.order, way, after))
    return (
        f"SELECT {COLUMNS}, {way.key or 'NULL'} AS key FROM {way.source} JOIN item_index k ON k.item = i.id"
        f" WHERE {' AND '.join(tests)} {in_order(which.order, way)} LIMIT {limit:d}"
    )


def merged(queries: Sequence[str], order: Order, limit: int) -> str:
    """Give the query for the first of what several queries, each in the order of ids, give together."""
    together = " UNION ALL ".join(f"({one})" for one in queries)
    return f"SELECT * FROM ({together}) AS i {in_order(order, Way('', ''))} LIMIT {limit:d}"


def in_order(order: Order, way: Way) -> str:
    """Give the order of a list."""
    turn = "DESC" if order.descending else "ASC"
    columns = [*(f"{column} {turn}" for column, _ in way.at), f"{way.id} {turn}"]
    if way.key:
        columns.insert(0, f"{way.key} {turn}{' NULLS LAST' if way.gaps else ''}")
    return f"ORDER BY {', '.join(columns)}"


def _way(values: Values, which: Which, few: Lookup | None) -> Way:
    by_id = which.order.field == "id"
    if few is not None:
        source = f"(SELECT DISTINCT item FROM ({few(values)}) AS found) AS few JOIN item i ON i.id = few.item"
        key = "" if by_id else f'(k.keys -> {values.text(which.order.field)} ->> 0) COLLATE "C"'
        return Way(source, key, gaps=True)
    if not by_id:
        return Way("field_value v JOIN item i ON i.id = v.item", "v.key", "v.item")
    if not which.stages:
        return Way("item i", "", at=(("i.type", values.text(which.type)),))
    [stage] = which.stages
    return Way("item i", "", at=(("i.pipeline", values.text(which.pipeline)), ("i.stage", values.text(stage))))


def _along(values: Values, which: Which) -> Iterator[str]:
    yield f"v.type = {values.text(which.type)} AND v.field = {values.text(which.order.field)}"
    for condition in which.conditions:
        if condition.field == which.order.field and condition.narrows:
            yield f"true{along(values, condition)}"


def _within(values: Values, order: Order, way: Way, after: Place | None) -> Iterator[str]:
    # A range and no equality: then only this index gives the order, and no other is walked past other items. There is
    # one bound at each end, since of two the index takes any.
    columns, ends = (", ".join(names) for names in zip(*way.at, strict=True))
    if after is None or order.descending:
        yield f"({columns}) >= ({ends})"
    if after is None or not order.descending:
        yield f"({columns}) <= ({ends})"
    if after is not None:
        sign = "<" if order.descending else ">"
        yield f"({columns}, {way.id}) {sign} ({ends}, {values.put(after.id, 'uuid')})"


def _behind(values: Values, order: Order, way: Way, after: Place) -> str:
    sign, id_ = "<" if order.descending else ">", values.put(after.id, "uuid")
    if not way.key:
        return f"{way.id} {sign} {id_}"
    if after.key is None:
        return f"({way.key} IS NULL AND {way.id} {sign} {id_})"
    behind = f"({way.key}, {way.id}) {sign} ({values.text(after.key)}, {id_})"
    return f"({behind} OR {way.key} IS NULL)" if way.gaps else behind


def _place(values: Values, which: Which) -> Iterator[str]:
    yield f"i.type = {values.text(which.type)}"
    if which.pipeline:
        yield f"i.pipeline = {values.text(which.pipeline)}"
        one = len(which.stages) == 1
        yield f"i.stage = {values.text(which.stages[0]) if one else f'ANY({values.texts(which.stages)})'}"


def _tests(values: Values, which: Which) -> Iterator[str]:
    for condition in which.conditions:
        yield asked(values, condition)
    if which.search:
        yield _found(values, which)


def _found(values: Values, which: Which) -> str:
    return f"k.type = {values.text(which.type)} AND k.words @@ {values.text(which.search)}::tsquery"


def lookups(which: Which) -> list[Lookup]:
    """Give the lookups that may leave few of the items: one for each condition, the search, and whose they are."""
    conditions = [condition for condition in which.conditions if condition.narrows]
    reach = which.reach
    if reach.places and all(whose != "all" for _, _, whose in reach.places):
        conditions.append(Condition("responsible", any_of=tuple(sorted({reach.me, *reach.colleagues}))))
    found: list[Lookup] = [partial(looked_up, type_=which.type, condition=one) for one in conditions]
    if which.search:
        found.append(lambda values: f"SELECT item FROM item_index k WHERE {_found(values, which)}")
    return found


def standing(which: Which) -> Lookup:
    """Give the lookup of all items in some stages."""
    return lambda values: (
        f"SELECT i.id AS item FROM item i WHERE NOT i.deleted AND {' AND '.join(_place(values, which))}"
    )
