"""What anyone sees on the record: what has run is marked, with whom it was for and the values that it saw."""

import pytest

from tests.integration.world import World


@pytest.mark.req("A16")
async def test_what_has_run_is_marked_on_the_record_and_what_has_not_says_what_it_waits_for(world: World) -> None:
    deal = await world.deal(amount="900 EUR")
    await world.rule_is(deal["id"], "greet", "succeeded")
    await world.rule_is(deal["id"], "nudge", "succeeded")
    await world.rule_is(deal["id"], "large", "skipped")
    rows = await world.rules(deal["id"])
    marked = {key for key, row in rows.items() if row["words"] == f"{key}: done ✓"}
    assert marked == {"greet", "nudge"}
    assert rows["tomorrow"]["words"].startswith("tomorrow: waits until ")
    assert rows["large"]["words"].startswith("large: skipped (")
    await world.installation.crm.move(deal["id"], "documents")
    left = await world.rule_is(deal["id"], "tomorrow", "cancelled")
    assert "moved to documents by user:manager" in left["words"]
    assert (await world.rules(deal["id"]))["greet"]["words"] == "greet: done ✓"


@pytest.mark.req("M3")
async def test_the_values_that_a_text_saw_and_its_recipient_are_kept_with_what_was_sent(world: World) -> None:
    deal = await world.deal(amount="1500 EUR")
    sent = await world.rule_is(deal["id"], "greet", "succeeded")
    assert sent["seen"]["contact.name"] == "Rita Silva"
    assert [(effect["whom"], effect["state"]) for effect in sent["effects"]] == [(f"contact:{deal['contact']}", "sent")]
    assert deal["phone"] in {str(value) for value in sent["seen"].values()}
    large = await world.rule_is(deal["id"], "large", "succeeded")
    assert large["seen"]["item.amount"] == "1500 EUR"
    await world.installation.crm.change(deal["contact"], name="Rita Reis")
    assert (await world.rules(deal["id"]))["greet"]["seen"] == sent["seen"]
