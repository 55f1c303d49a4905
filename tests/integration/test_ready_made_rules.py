"""The rules that a new portal starts with, and what becomes of those that wait when they are changed."""

import pytest

from tests.integration.world import World

LEADS = "/v1/pipelines/lead/main"


@pytest.mark.req("A12", "A17")
async def test_a_new_lead_is_told_to_its_person_and_later_to_the_manager_as_the_rule_now_says(world: World) -> None:
    crm = world.installation.crm
    lead = await crm.create("lead", pipeline="lead/main", title="An oak table", responsible="rui")
    await world.rule_is(lead["id"], "tell-staff", "succeeded")
    [notice] = await world.notices("rui", lead["id"])
    assert notice["text"] == "An oak table: Tell the responsible person"
    waiting = await world.rule_is(lead["id"], "tell-manager", "waiting")
    assert waiting["due_at"] > notice["at"]
    sooner = {"set": {"timing": {"after": "1 second"}}}
    await crm.ask("PATCH", f"{LEADS}/stages/new/rules/tell-manager", json=sooner)
    changes = await crm.ask("GET", f"{LEADS}/draft/changes")
    assert [one["words"] for one in changes["differences"]] == [
        "rule new/tell-manager: timing: 1 day after entry, working_time portal → 1 second after entry"
    ]
    assert ("tell-manager", 1) in [(one["key"], one["count"]) for one in changes["waiting"]]
    published = await crm.ask("POST", f"{LEADS}/draft/publish", json={"waiting": "migrate"})
    await world.rule_is(lead["id"], "tell-manager", "succeeded")
    [notice] = await world.notices("mara", lead["id"])
    assert notice["text"] == "An oak table: Tell the manager that nobody has begun"
    assert len(await world.notices("rui", lead["id"])) == 1
    back = await crm.ask("POST", f"{LEADS}/versions/{published['rule_set'] - 1}/publish", json={"waiting": "keep"})
    assert back["stages"][0]["rules"][1]["timing"] == {"after": "1 day", "working_time": "portal"}
