"""What must not happen because one part was away when it mattered."""

import asyncio

from tests.integration.world import World

SCHEDULER = "rule-scheduler.all"


async def test_a_timer_survives_a_restart_and_fires_once(world: World) -> None:
    up = world.installation
    deal = await world.deal(amount="900 EUR")
    await world.rule_is(deal["id"], "nudge", "waiting", "succeeded")
    up.kill(SCHEDULER)
    await asyncio.sleep(1.5)
    up.start(SCHEDULER)
    await world.rule_is(deal["id"], "nudge", "succeeded")
    await world.rule_is(deal["id"], "greet", "succeeded")
    await world.rests()
    assert [text for text in await world.sms_to(deal["phone"]) if "right now" in text] != []
    assert len(await world.sms_to(deal["phone"])) == 2


async def test_nothing_fires_for_an_item_that_left_while_the_scheduler_was_away(world: World) -> None:
    up = world.installation
    deal = await world.deal(amount="900 EUR")
    await world.rule_is(deal["id"], "greet", "succeeded")
    await world.rule_is(deal["id"], "tomorrow", "waiting")
    fresh = await world.deal(amount="900 EUR")
    await world.rule_is(fresh["id"], "nudge", "waiting", "succeeded")
    up.kill(SCHEDULER)
    left = await world.deal(amount="900 EUR")
    await up.crm.move(left["id"], "lost")
    await up.crm.move(deal["id"], "lost")
    await asyncio.sleep(1.5)
    up.start(SCHEDULER)
    cancelled = await world.rule_is(deal["id"], "tomorrow", "cancelled")
    assert "lost" in cancelled["reason"]
    await world.rule_is(left["id"], "nudge", "cancelled")
    assert not any("right now" in text for text in await world.sms_to(left["phone"]))


async def test_a_rule_paused_while_the_scheduler_was_away_does_not_fire(world: World) -> None:
    up = world.installation
    deal = await world.deal(amount="900 EUR")
    await world.rule_is(deal["id"], "greet", "succeeded")
    up.kill(SCHEDULER)
    pipeline = {"scope": "pipeline", "of": "deal/retail"}
    try:
        await up.crm.configure("pause", "retail", {**pipeline, "paused": True})
        late = await world.deal(amount="900 EUR")
        up.start(SCHEDULER)
        await up.ready(SCHEDULER)
        await world.rests()
        assert await world.sms_to(late["phone"]) == []
    finally:
        await up.crm.configure("pause", "retail", {**pipeline, "paused": False})
    await world.rule_is(late["id"], "greet", "succeeded")
    assert len([text for text in await world.sms_to(late["phone"]) if "30 minutes" in text]) == 1
