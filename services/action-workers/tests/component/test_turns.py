"""Who goes next: rules have their turns, and what waits costs nothing, however much it is."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from action_workers import store
from action_workers.claiming import WINDOW
from action_workers.testing import Desk
from action_workers.traffic import lines
from action_workers.traffic.shares import Line, Share
from chassis.database import Transaction
from chassis.ids import new_id

PARKED = 20_000
BUSY, QUIET = UUID(int=11), UUID(int=12)
CROWD = (
    f"INSERT INTO effect ({store.ALL}, persons)"
    f" SELECT {{}}, persons FROM effect, generate_series(1, $2) AS n WHERE effect.id = $1"
)


async def plan(desk: Desk, rule: UUID, count: int = 1) -> UUID:
    """Order effects of a rule; give the id of one."""
    told = [desk.to(f"+3519200001{n:02d}") for n in range(count)]
    action = desk.action(*told, rule=rule, connection="sms").model_copy(update={"execution": new_id()})
    await desk.take(action)
    rows = await desk.rows("SELECT id FROM effect WHERE execution = $1", action.execution)
    return UUID(str(rows[0]["id"]))


async def crowd(desk: Desk, one: UUID, count: int, **columns: str) -> None:
    """Let very many effects like one wait, with some columns of their own."""
    own = {"id": "gen_random_uuid()", "execution": "gen_random_uuid()", **columns}
    await desk.rows(
        CROWD.format(", ".join(own.get(name, name) for name in store.COLUMNS)) + " RETURNING id", one, count
    )


@pytest.mark.parametrize("limited", [False, True])
async def test_a_rule_with_very_many_effects_does_not_delay_another_ones_one(
    sms: Desk,
    limited: bool,  # noqa: FBT001  a case
) -> None:
    if limited:
        await sms.reconnect("sms", limits={"at_once": 4})
    await crowd(sms, await plan(sms, BUSY), PARKED, not_before="not_before - interval '1 hour'")
    await plan(sms, QUIET)
    claimed = (await sms.executor.claim(4)).effects
    assert [effect.rule for effect in claimed].count(QUIET) == 1


async def test_within_a_line_the_oldest_go_first(sms: Desk) -> None:
    one = await plan(sms, BUSY)
    await crowd(sms, one, 50, not_before="not_before - n * interval '1 second'")
    claimed = (await sms.executor.claim(3)).effects
    oldest = "SELECT id FROM effect ORDER BY not_before LIMIT 3"
    assert {effect.id for effect in claimed} == {row["id"] for row in await sms.rows(oldest)}


async def test_more_rules_than_one_look_takes_all_have_their_turn(sms: Desk) -> None:
    await crowd(sms, await plan(sms, BUSY), WINDOW, rule="gen_random_uuid()")
    seen: list[UUID] = []
    while (claimed := await sms.executor.claim(20)).effects or not claimed.rest:
        seen += [effect.rule for effect in claimed.effects]
    assert (len(seen), len(set(seen))) == (WINDOW + 1, WINDOW + 1)


async def test_what_waits_is_not_looked_at(sms: Desk) -> None:
    """Parked retries, what waits behind a closed account, and what waits behind the head of its own line."""
    one = await plan(sms, BUSY)
    await crowd(sms, one, PARKED, not_before="not_before + n * interval '1 second' + interval '1 hour'")
    await crowd(sms, one, PARKED, account="'twilio/closed'", rule=f"'{QUIET}'")
    await crowd(sms, one, PARKED, account="'twilio/other'")
    await sms.rows(
        "INSERT INTO account (account, busy_until) VALUES ('twilio/closed', signalbox_now() + interval '1 hour')"
        " RETURNING account"
    )
    looks = await costs(sms)
    async with sms.database.transaction() as tx:
        await tx.execute("ANALYZE effect")
    # Three heads, and that there is no fourth; of two lines with something due, as many as their share.
    assert looks == await costs(sms) == {"heads": 3, "take": 1 + 10}


async def costs(desk: Desk) -> dict[str, int]:
    """Give how many effects each look of a claim walks over."""
    now = datetime.now(UTC)
    shares = [Share(Line("twilio/sms", BUSY), 10), Share(Line("twilio/other", BUSY), 10)]
    columns = store.columns([(*share.line, share.most) for share in shares])
    async with desk.database.transaction() as tx:
        return {
            "heads": await walked(tx, lines.HEADS, desk.kind, *lines.FIRST, [], now, WINDOW),
            "take": await walked(tx, lines.TAKE, desk.kind, *columns, now),
        }


async def walked(tx: Transaction, query: str, *values: Any) -> int:
    """Explain a query as it runs, and count the rows of effects that its scans found or filtered out."""
    told = await tx.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return sum(passed(node) for node in nodes(plan) if node.get("Relation Name") == "effect")


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a node of a plan and all below it."""
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def passed(node: dict[str, Any]) -> int:
    """Count the rows that a scan met."""
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int(rows * node["Actual Loops"])
