"""Every open record holds several timers for days: what one that is due costs does not grow with those that are not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from automation.testing import rule
from chassis.database import Transaction
from chassis.testing import Deployment, eventually
from chassis.timers import CANCEL, DUE, NEXT
from contracts.items import Item
from rule_scheduler.store.executions import LOAD
from rule_scheduler.testing import Deployed, deployed, moved, new_deal

OTHERS = 200_000
CROWD = (
    "WITH made AS (INSERT INTO execution (id, item, activation, state, version, doc, cause)"
    " SELECT gen_random_uuid(), gen_random_uuid(), 1, 'waiting', 1, '{}', '{}' FROM generate_series(1, $1)"
    " RETURNING id)"
    " INSERT INTO timer (id, lane, due_at, payload)"
    " SELECT id, 'fire', signalbox_now() + interval '1 day' * (1 + random() * 300), '' FROM made"
)
SOON = {"after": "2 seconds"}
DEALS = 40


@pytest.mark.req("M8")
async def test_what_is_due_is_found_planned_and_cancelled_beside_hundreds_of_thousands_that_wait(
    deployment: Deployment,
) -> None:
    async with deployed(deployment) as scheduler:
        await crowd(scheduler)
        delays = [rule(f"in-{days}-days", timing={"after": f"{days} days"}) for days in (1, 3, 7, 30)]
        await scheduler.publish(rule("soon", timing=SOON), *delays)
        deals = [new_deal() for _ in range(DEALS)]
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.announce(*(scheduler.entry(deal) for deal in deals))
            await eventually(lambda: scheduler.performed(count=DEALS), within=120)
            assert await own(scheduler, deals, "waiting") == DEALS * len(delays)
            looks = await costs(scheduler, deals[0])
            await scheduler.announce(*(scheduler.entry(moved(deal)) for deal in deals))

            async def cancelled() -> bool:
                return await own(scheduler, deals, "cancelled") == DEALS * len(delays)

            await eventually(cancelled, within=120)
        assert await timers(scheduler) == OTHERS
    # What one item has is met twice: as its activation, and as what is pending beside it.
    assert looks == {"what is next": 1, "what is due": 0, "what one item has": 2 * (1 + len(delays))}


async def test_a_plan_for_what_is_due_has_one_index_to_choose_from_whatever_is_known_of_the_queue(
    deployment: Deployment,
) -> None:
    async with deployed(deployment) as scheduler, scheduler.rows.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        assert "timer_due" in await plan_of(tx, NEXT, "fire", datetime.now(UTC))
        await tx.execute("DROP INDEX timer_due")
        assert "Seq Scan on timer" in await plan_of(tx, NEXT, "fire", datetime.now(UTC))
        assert "timer_key" in await plan_of(tx, CANCEL, "fire", [new_deal().id])


async def plan_of(tx: Transaction, query: str, *values: Any) -> str:
    """Give how a query would be run."""
    return "\n".join(row[0] for row in await tx.fetch(f"EXPLAIN {query}", *values))


async def crowd(scheduler: Deployed) -> None:
    """Let very many other executions wait for the next months."""
    # In parts, for a statement may not last longer than half a minute on any machine.
    for _ in range(10):
        async with scheduler.rows.transaction() as tx:
            await tx.execute(CROWD, OTHERS // 10)
    async with scheduler.rows.transaction() as tx:
        await tx.execute("ANALYZE execution, timer")


async def own(scheduler: Deployed, deals: list[Item], state: str) -> int:
    """Count the executions of these deals in a state."""
    counted = "SELECT count(*) AS n FROM execution WHERE item = ANY($1::uuid[]) AND state = $2"
    return int((await scheduler.rows.all(counted, [deal.id for deal in deals], state))[0]["n"])


async def timers(scheduler: Deployed) -> int:
    """Count the timers of executions."""
    return int((await scheduler.rows.all("SELECT count(*) AS n FROM timer WHERE lane = 'fire'"))[0]["n"])


async def costs(scheduler: Deployed, deal: Item) -> dict[str, int]:
    """Give how many rows of its tables each look of the scheduler walks over."""
    now = datetime.now(UTC)
    async with scheduler.rows.transaction() as tx:
        return {
            "what is next": await walked(tx, NEXT, "fire", now),
            "what is due": await walked(tx, DUE, "fire", now, now - timedelta(days=1), 1000),
            "what one item has": await walked(tx, LOAD, [deal.id], [1], []),
        }


async def walked(tx: Transaction, query: str, *values: Any) -> int:
    """Explain a query as it runs, and count the rows that its scans found or filtered out."""
    told = await tx.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return sum(
        passed(node) for node in nodes(plan) if node["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"}
    )


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a node of a plan and all below it."""
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def passed(node: dict[str, Any]) -> int:
    """Count the rows that a scan met."""
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int(rows * node["Actual Loops"])
