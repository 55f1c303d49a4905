"""Rules that chase an item round and round: nobody else waits, the circle is stopped, and the timeline says so."""

from functools import partial
from typing import Any

import pytest

from tests.integration.world import World

Json = dict[str, Any]
CALL = {"create-task": {"to": "responsible", "title": "Call {{ contact.name }}"}}


def stage(key: str, rule: str, do: Json, *triggers: Json) -> Json:
    return {"key": key, "rules": [{"key": rule, "do": do}], "triggers": list(triggers)}


async def publish(world: World, name: str, *stages: Json) -> str:
    await world.installation.crm.publish(name, {"stages": list(stages), "owner": "mara"})
    return name


async def stopped(world: World, item: str) -> Json | None:
    """Give the loop of an item that is stopped."""
    loops = (await world.installation.crm.ask("GET", "/v1/loops"))["loops"]
    return next((one for one in loops if one["item"] == item), None)


async def moves(world: World, item: str) -> list[str]:
    return [row["stage"] for row in await world.lines(item, "moved")]


@pytest.mark.req("M9")
@pytest.mark.usefixtures("watch")
async def test_two_rules_that_move_an_item_to_and_fro_are_stopped_and_nobody_else_waits(world: World) -> None:
    crm = world.installation.crm
    ping = await publish(
        world,
        "deal/ping",
        stage("a", "there", {"move-item": {"stage": "b"}}),
        stage("b", "back", {"move-item": {"stage": "a"}}),
    )
    calm = await publish(world, "deal/calm", stage("new", "call", CALL))
    looping = [await world.deal(pipeline=ping) for _ in range(3)]
    other = await world.deal(pipeline=calm)
    await world.rule_is(other["id"], "call", "succeeded")
    for deal in looping:
        loop = await world.until(partial(stopped, world, deal["id"]))
        assert (loop["kind"], loop["stage"], loop["told"], loop["times"]) == ("returns", "a", "mara", 1)
        assert await moves(world, deal["id"]) == ["b", "a"] * 10 + ["b"]
        [line] = await world.lines(deal["id"], "loop")
        assert line["words"] == f"not moved to a: {loop['words']}"
        assert "rule there 11 times" in loop["words"]
        assert "rule back 10 times" in loop["words"]
        failed = await world.rule_is(deal["id"], "back", "failed")
        assert failed["reason"] == f"loop: {loop['words']}"
        assert (await crm.item(deal["id"]))["stage"] == "b"
    assert await stopped(world, other["id"]) is None
    await released_goes_round_once_more(world, looping[0]["id"])


async def released_goes_round_once_more(world: World, item: str) -> None:
    """Release a chain that nobody mended: it is counted from zero, and stopped again."""
    crm = world.installation.crm
    loop = await stopped(world, item)
    assert loop is not None
    released = await crm.ask("POST", f"/v1/loops/{loop['id']}/release")
    assert released["moved"]

    async def again() -> Json | None:
        found = await stopped(world, item)
        return found if found and found["at"] > loop["at"] else None

    await world.until(again)
    assert len(await moves(world, item)) == 21 + 22


@pytest.mark.req("M9")
@pytest.mark.usefixtures("watch")
async def test_a_rule_that_sets_a_field_to_which_triggers_listen_is_stopped_too(world: World) -> None:
    listens = {"key": "changed", "on": "field.changed", "allow_backward": True}
    pipeline = await publish(
        world,
        "deal/echo",
        stage("a", "say", {"change-item": {"fields": {"title": "said in a"}}}, listens),
        stage("b", "answer", {"change-item": {"fields": {"title": "answered in b"}}}, listens),
    )
    deal = await world.deal(pipeline=pipeline)
    loop = await world.until(partial(stopped, world, deal["id"]))
    assert (loop["kind"], loop["stage"], loop["why"]) == ("returns", "a", "trigger changed on field.changed")
    assert await moves(world, deal["id"]) == ["b", "a"] * 10 + ["b"]
    signals = await world.lines(deal["id"], "signal")
    assert signals[-1]["words"].endswith("moved nothing: too many automated moves follow from one cause")
