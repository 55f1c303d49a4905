"""Chains, actions inside the CRM, and triggers, each on a pipeline of its own."""

from typing import Any

import pytest

from tests.integration.pipelines import publish, rule, stage
from tests.integration.world import World

Json = dict[str, Any]


MAIL = {"send-email": {"to": "contact", "subject": "An offer", "text": "For {{ item.title }}"}}
CALL = {"create-task": {"to": "responsible", "title": "Call {{ contact.name }}"}}
AFTER = {"after_previous": "0 minutes"}


@pytest.mark.req("B7", "B8")
async def test_a_call_is_planned_only_after_a_mail_that_was_sent(world: World) -> None:
    pipeline = await publish(world, "chain", stage("new", rule("mail", MAIL), rule("call", CALL, timing=AFTER)))
    sent = await world.deal(pipeline=pipeline)
    await world.rule_is(sent["id"], "call", "succeeded")
    await world.installation.simulators.fail("smtp", "status", code=550, to="refused@example.com")
    refused = await world.deal(pipeline=pipeline, email="refused@example.com")
    failed = await world.rule_is(refused["id"], "mail", "failed")
    assert "550" in failed["reason"]
    blocked = await world.rule_is(refused["id"], "call", "blocked")
    assert "mail" in blocked["reason"]
    assert [task["title"] for task in await world.installation.crm.tasks(sent["id"])] == ["Call Rita Silva"]
    assert await world.installation.crm.tasks(refused["id"]) == []


@pytest.mark.req("B9")
async def test_a_chain_of_rules_with_different_delays_runs_in_its_order(world: World) -> None:
    pipeline = await publish(
        world,
        "delays",
        stage(
            "new",
            rule("first", CALL),
            rule("second", CALL, timing={"after_previous": "1 second"}),
            rule("third", CALL, timing={"after_previous": "2 seconds"}),
        ),
    )
    deal = await world.deal(pipeline=pipeline)
    third = await world.rule_is(deal["id"], "third", "succeeded")
    rules = await world.rules(deal["id"])
    ended = [rules[key]["details"]["finished_at"] for key in ("first", "second", "third")]
    assert ended == sorted(ended)
    assert third["due_at"] > rules["second"]["due_at"] > rules["first"]["due_at"]


@pytest.mark.req("D1", "C3")
async def test_a_rule_moves_the_item_where_its_conditions_hold(world: World) -> None:
    when = {
        "all": [
            {"field": "item.amount", "greater": "1000 EUR"},
            {"any": [{"field": "item.wish", "contains": "oak"}, {"field": "item.wish", "contains": "elm"}]},
        ]
    }
    move = rule("promote", {"move-item": {"stage": "large"}}, when=when)
    pipeline = await publish(world, "promoting", stage("new", move), stage("large", rule("visit", CALL)))
    large = await world.deal(pipeline=pipeline, amount="1500 EUR", wish="an elm table")
    other = await world.deal(pipeline=pipeline, amount="1500 EUR", wish="a pine table")
    await world.rule_is(large["id"], "visit", "succeeded")
    assert (await world.installation.crm.item(large["id"]))["stage"] == "large"
    await world.rule_is(other["id"], "promote", "skipped")
    assert (await world.installation.crm.item(other["id"]))["stage"] == "new"


@pytest.mark.req("D2", "D10", "C5")
async def test_a_rule_hands_the_item_over_and_sets_fields_from_its_own(world: World) -> None:
    change = {"change-item": {"fields": {"responsible": "rui", "wish": "{{ item.title }} for {{ contact.name }}"}}}
    pipeline = await publish(world, "handing", stage("new", rule("hand", change)))
    deal = await world.deal(pipeline=pipeline)
    await world.rule_is(deal["id"], "hand", "succeeded")
    item = await world.installation.crm.item(deal["id"])
    assert (item["responsible"], item["fields"]["wish"]) == ("rui", "Pine shelf for Rita Silva")


@pytest.mark.req("C6", "D16")
async def test_a_task_goes_to_the_responsible_or_to_a_role(world: World) -> None:
    pack = {"create-task": {"to": {"role": "warehouse"}, "title": "Pack"}}
    pipeline = await publish(world, "tasks", stage("new", rule("call", CALL), rule("pack", pack)))
    deal = await world.deal(pipeline=pipeline)
    await world.rule_is(deal["id"], "call", "succeeded")
    await world.rule_is(deal["id"], "pack", "succeeded")
    tasks = {task["title"]: task for task in await world.installation.crm.tasks(deal["id"])}
    assert tasks["Call Rita Silva"]["assignee"] == "mara"
    assert tasks["Pack"]["role"] == "warehouse"


@pytest.mark.req("H1", "H2", "H3", "H4", "H5", "H10", "I3")
async def test_a_form_moves_forward_from_any_stage_and_back_only_where_that_is_allowed(world: World) -> None:
    asked = {"key": "asked", "on": "form.submitted", "filter": {"form": "site"}}
    back = {"key": "again", "on": "form.submitted", "when": WISHES_BACK, "allow_backward": True}
    pipeline = await publish(
        world,
        "triggers",
        stage("new"),
        stage("skipped"),
        stage("reopened", triggers=(back,)),
        stage("asked", rule("call", CALL), triggers=(asked,)),
        stage("later"),
    )
    deal = await world.deal(pipeline=pipeline)
    await submit(world, deal, "A question")
    await world.stands(deal["id"], "asked")
    await world.rule_is(deal["id"], "call", "succeeded")
    await world.installation.crm.move(deal["id"], "later")
    await submit(world, deal, "Another question")

    async def not_chosen() -> bool:
        return any("earlier" in line["words"] for line in await world.lines(deal["id"], "not_chosen"))

    await world.until(not_chosen)
    assert (await world.installation.crm.item(deal["id"]))["stage"] == "later"
    await submit(world, deal, "back")
    await world.stands(deal["id"], "reopened")


WISHES_BACK = {"field": "signal.wish", "equals": "back"}


async def submit(world: World, deal: Json, wish: str) -> None:
    form = {"name": "Rita Silva", "phone": deal["phone"], "email": deal["email"], "wish": wish}
    answer = await world.installation.gateway.submit("site", world.shop.site_token, form)
    assert answer.is_success
