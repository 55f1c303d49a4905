"""Rules that are published late are applied once to what stands in the stage; what then waits is cancelled."""

from typing import Any

from tests.integration.world import World

Json = dict[str, Any]
CALL = {"create-task": {"to": "responsible", "title": "Call {{ contact.name }}"}}
APPLY = "/v1/pipelines/deal/late/stages/new/apply"


async def publish(world: World, *rules: Json) -> None:
    await world.installation.crm.publish(
        "deal/late", {"stages": [{"key": "new", "rules": list(rules)}], "owner": "mara"}
    )


async def applied(world: World) -> Json:
    """Apply all rules, and give the counts of the job when it is done."""
    crm = world.installation.crm
    job = (await crm.ask("POST", APPLY, json={}))["job"]

    async def done() -> Json | None:
        found: Json = await crm.ask("GET", f"/v1/jobs/{job}")
        return found if found["state"] == "done" else None

    counts: Json = (await world.until(done))["counts"]
    return counts


async def test_rules_are_applied_once_to_what_stands_and_cancelled_by_their_key(world: World) -> None:
    crm = world.installation.crm
    await publish(world)
    deals = [await world.deal(pipeline="deal/late") for _ in range(3)]
    await publish(world, {"key": "call", "do": CALL}, {"key": "later", "do": CALL, "timing": {"after": "2 days"}})
    newer = await world.deal(pipeline="deal/late")
    await world.rule_is(newer["id"], "later", "waiting")
    preview = await crm.ask("POST", f"{APPLY}/preview", json={"rules": ["later"]})
    assert (preview["items"], preview["outcomes"]["waiting"]) == (4, 3)
    assert preview["outcomes"]["already"] == 1
    assert await applied(world) == {"applied": 4, "left": 0}
    for deal in deals:
        await world.rule_is(deal["id"], "call", "succeeded")
        await world.rule_is(deal["id"], "later", "waiting")
    again = await crm.ask("POST", f"{APPLY}/preview", json={})
    assert again["outcomes"] == {"already": 8}
    assert await applied(world) == {"applied": 4, "left": 0}
    where = {"pipeline": "deal/late", "rule_key": "later"}
    assert len((await crm.ask("POST", "/v1/executions/cancel", json={"where": where}))["ordered"]) == 4
    for deal in deals:
        await world.rule_is(deal["id"], "later", "cancelled")
        rows = [row["rule"] for row in await crm.timeline(deal["id"]) if row["kind"] == "rule"]
        assert sorted(rows) == ["call", "later"]
        assert len(await crm.tasks(deal["id"])) == 1
