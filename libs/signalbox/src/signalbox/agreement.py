"""Whether the services agree, looked at from outside while all is quiet: same ids, same versions, same states."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

Rows = Mapping[UUID, tuple[Any, ...]]
ITEMS = "SELECT id, version, stage, activation, deleted FROM item"
# What is as by default is left out of what is stored.
COPIES = (
    "SELECT id, version, coalesce(d ->> 'stage', ''), coalesce((d ->> 'activation')::int, 0),"
    " coalesce((d ->> 'deleted')::boolean, false)"
    " FROM item_copy CROSS JOIN LATERAL (SELECT doc::json) AS told(d)"
    " WHERE version > 0"
)
TIMELINES = "SELECT id, version, item, body ->> 'state' FROM timeline WHERE kind = 'rule'"
EXECUTIONS = "SELECT id, version::bigint, item, state FROM execution"
UNTOLD = "('planned', 'buffered', 'claimed')"
# What a worker ordered of itself, and what people ordered, belongs to no execution.
OF_A_RULE = "execution <> id AND activation > 0"
EFFECTS = f"SELECT id, execution, version, state FROM effect WHERE state NOT IN {UNTOLD} AND {OF_A_RULE}"
EFFECTS_SEEN = (
    "SELECT (e ->> 'id')::uuid, execution.id, (e ->> 'version')::int, e ->> 'state'"
    f" FROM execution CROSS JOIN json_array_elements(doc::json -> 'effects') AS e WHERE e ->> 'state' NOT IN {UNTOLD}"
)
CONFIG = "SELECT md5(kind || '/' || id)::uuid, kind, id, revision, deleted FROM config"
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What two tables say differently: ids that only one has, and those of which they say different things."""

    what: str
    missing: tuple[UUID, ...]
    extra: tuple[UUID, ...]
    different: tuple[str, ...]

    def line(self) -> str:
        """Give the line that a person reads."""
        parts = (("missing", self.missing), ("too many", self.extra), ("different", self.different))
        told = (f"{len(found)} {name} ({', '.join(map(str, found[:SHOWN]))})" for name, found in parts if found)
        return f"{self.what}: {'; '.join(told)}"


async def disagreements(databases: Mapping[str, str]) -> list[Disagreement]:
    """Compare the tables of all services; `databases` are their addresses by service.

    Of effects, those that have come to something: of the others nobody is told.
    """
    crm, scheduler, actions = (databases[name] for name in ("crm-api", "rule-scheduler", "action-workers"))
    asked = [(crm, ITEMS), (scheduler, COPIES), (scheduler, EXECUTIONS), (crm, TIMELINES), (actions, EFFECTS)]
    items, copies, executions, timelines, effects = await asyncio.gather(*(rows(*one) for one in asked))
    configs = dict(
        zip(databases, await asyncio.gather(*(rows(url, CONFIG) for url in databases.values())), strict=True)
    )
    found = [
        compare("copies of items", items, copies),
        compare("rows on timelines", executions, timelines),
        compare("effects of executions", effects, await rows(scheduler, EFFECTS_SEEN)),
        *(compare(f"config of {name}", configs["crm-api"], config) for name, config in configs.items()),
    ]
    return [one for one in found if one is not None]


def compare(what: str, truth: Rows, copy: Rows) -> Disagreement | None:
    """Compare a copy with the truth; None where they say the same."""
    different = (
        f"{id_}: {truth[id_]} and {copy[id_]}" for id_ in truth.keys() & copy.keys() if truth[id_] != copy[id_]
    )
    found = Disagreement(
        what, tuple(sorted(truth.keys() - copy.keys())), tuple(sorted(copy.keys() - truth.keys())), tuple(different)
    )
    return found if found.missing or found.extra or found.different else None


async def rows(url: str, query: str) -> Rows:
    """Give the rows of a query by their first column."""
    connection = await asyncpg.connect(url)
    try:
        return {row[0]: tuple(row)[1:] for row in await connection.fetch(query)}
    finally:
        await connection.close()
