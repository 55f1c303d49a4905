"""The main road, end to end: an item enters a stage, a client acts, and everything that should follow happens, once."""

import pytest

from tests.integration.world import World


@pytest.mark.req("A1", "A3", "B1", "B2", "B3", "B7", "E3", "E5", "H1", "H2", "H4", "I5")
async def test_a_client_of_the_shop_from_the_form_to_the_paid_order(world: World) -> None:
    await world.story().play()


@pytest.mark.req("A2")
async def test_an_edit_inside_the_stage_does_not_fire_its_rules_again(world: World) -> None:
    deal = await world.deal(amount="900 EUR")
    await world.rule_is(deal["id"], "nudge", "succeeded")
    await world.installation.crm.change(deal["id"], wish="With a drawer")
    await world.rests()
    assert len(await world.sms_to(deal["phone"])) == 2


@pytest.mark.req("A15")
async def test_stages_that_are_jumped_over_run_nothing(world: World) -> None:
    deal = await world.deal(amount="900 EUR")
    await world.rule_is(deal["id"], "greet", "succeeded")
    await world.installation.crm.move(deal["id"], "paid")
    await world.rule_is(deal["id"], "prepare", "succeeded")
    assert {"contract", "mail", "remind"}.isdisjoint(await world.rules(deal["id"]))


@pytest.mark.req("C1", "C2", "D15", "M3")
async def test_a_condition_decides_on_the_item_and_the_timeline_shows_what_it_saw(world: World) -> None:
    small, large = await world.deal(amount="900 EUR"), await world.deal(amount="1500 EUR")
    skipped = await world.rule_is(small["id"], "large", "skipped")
    assert skipped["seen"]["item.amount"] == "900 EUR"
    done = await world.rule_is(large["id"], "large", "succeeded")
    assert done["seen"]["item.amount"] == "1500 EUR"
    (task,) = await world.installation.crm.tasks(large["id"])
    assert task["title"] == "Visit Rita Silva"
    assert await world.installation.crm.tasks(small["id"]) == []


@pytest.mark.req("E7")
async def test_a_client_without_a_phone_is_a_visible_outcome_and_no_crash(world: World) -> None:
    crm = world.installation.crm
    deal = await crm.create("deal", pipeline="deal/retail", title="No contact", fields={"amount": "1 EUR"})
    row = await world.rule_is(deal["id"], "greet", "skipped", "failed")
    assert "contact" in row["reason"]
    await crm.move(deal["id"], "documents")
    mail = await world.rule_is(deal["id"], "mail", "skipped", "failed", "blocked")
    assert mail["reason"]


async def test_entering_again_is_a_new_activation(world: World) -> None:
    crm = world.installation.crm
    deal = await world.deal(amount="900 EUR")
    await world.rule_is(deal["id"], "nudge", "succeeded")
    await crm.move(deal["id"], "documents")
    await crm.move(deal["id"], "new")

    async def twice() -> bool:
        rows = [row for row in await world.lines(deal["id"], "rule") if row["rule"] == "greet"]
        return [row["state"] for row in rows] == ["succeeded", "succeeded"]

    await world.until(twice, otherwise=lambda: world.rules(deal["id"]))


@pytest.mark.req("A17")
async def test_a_rule_set_published_a_moment_before_an_entry_holds_for_it(world: World) -> None:
    crm = world.installation.crm
    for text in ("first", "second", "third"):
        rule = {"key": "only", "do": {"create-task": {"to": {"role": "manager"}, "title": text}}}
        await crm.publish("deal/fresh", {"stages": [{"key": "new", "rules": [rule]}]})
        deal = await crm.create("deal", pipeline="deal/fresh", title="x")
        await world.rule_is(deal["id"], "only", "succeeded")
        assert [task["title"] for task in await crm.tasks(deal["id"])] == [text]
