"""Open items and tasks, counted by whose they are."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.database import Transaction

from crm_api.access.rights import Reach
from crm_api.reports.employees import Work
from crm_api.store.rights import allowed

OPEN = "(i.pipeline, i.stage) IN (SELECT * FROM unnest($2::text[], $3::text[]))"
STAYS = "extract(epoch FROM $4 - i.entered_at)::float8"
ITEMS = (
    f"SELECT i.responsible AS person, count(*) AS items, avg({STAYS}) AS average, max({STAYS}) AS longest,"
    f" (array_agg(i.id ORDER BY i.entered_at, i.id))[1] AS longest_item,"
    " count(*) FILTER (WHERE i.entered_at < $4 - $5::interval) AS overstayed FROM item i"
    f" WHERE i.responsible = ANY($1::text[]) AND NOT i.deleted AND {OPEN} AND {allowed(6)} GROUP BY i.responsible"
)
TASKS = (
    "SELECT t.assignee AS person, count(*) AS tasks, count(*) FILTER (WHERE t.deadline < $2) AS late"
    " FROM task t JOIN item i ON i.id = t.item"
    " WHERE t.assignee = ANY($1::text[]) AND t.status IN ('open', 'in_progress') AND NOT i.deleted"
    f" AND {allowed(3)} GROUP BY t.assignee"
)


async def work(
    tx: Transaction, people: Sequence[str], stages: Sequence[tuple[str, str]], stay: timedelta, reach: Reach
) -> list[Work]:
    """Count the work of people in open stages (pipeline, stage), of items within a reach."""
    now, places = await tx.now(), ([p for p, _ in stages], [s for _, s in stages])
    items = {row["person"]: dict(row) for row in await tx.fetch(ITEMS, people, *places, now, stay, *reach.values)}
    tasks = {row["person"]: dict(row) for row in await tx.fetch(TASKS, people, now, *reach.values)}
    return [Work(**{"person": one, **items.get(one, {}), **tasks.get(one, {})}) for one in people]
