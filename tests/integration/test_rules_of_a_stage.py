"""What the rules of one stage are to each other: at once or in a sequence, planned in advance, one action each."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.local.clients import Refused
from tests.integration.pipelines import publish, rule, stage
from tests.integration.test_rules_and_triggers import AFTER, CALL, MAIL, submit
from tests.integration.world import World

Json = dict[str, Any]
LISBON = ZoneInfo("Europe/Lisbon")


def note(number: int) -> Json:
    return {"create-task": {"to": "responsible", "title": f"Step {number}"}}


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


@pytest.mark.req("A5", "B13")
async def test_all_immediate_rules_of_a_stage_are_applied_at_the_moment_that_plans_the_entry(world: World) -> None:
    rules = [rule(f"at-once-{number}", note(number)) for number in range(12)]
    pipeline = await publish(world, "at-once", stage("new", *rules))
    deal = await world.deal(pipeline=pipeline)
    rows = [await world.rule_is(deal["id"], one["key"], "succeeded") for one in rules]
    dispatched = {row["details"]["dispatched_at"] for row in rows}
    assert len(dispatched) == 1
    # The first note of a row says when it was planned.
    assert {moment(at) for at in dispatched} == {moment(row["notes"][0]["at"]) for row in rows}
    titles = {task["title"] for task in await world.installation.crm.tasks(deal["id"])}
    assert titles == {f"Step {number}" for number in range(12)}


@pytest.mark.req("A6")
async def test_rules_in_a_sequence_each_begin_when_the_one_before_has_ended(world: World) -> None:
    rules = [rule("step-0", note(0)), *(rule(f"step-{number}", note(number), timing=AFTER) for number in range(1, 5))]
    pipeline = await publish(world, "sequence", stage("new", *rules))
    deal = await world.deal(pipeline=pipeline)
    await world.rule_is(deal["id"], "step-4", "succeeded")
    rows = await world.rules(deal["id"])
    details = [rows[one["key"]]["details"] for one in rules]
    for before, after in pairwise(details):
        assert moment(after["dispatched_at"]) >= moment(before["finished_at"]) > moment(before["dispatched_at"])


@pytest.mark.req("A18")
async def test_the_whole_plan_stands_at_the_entry_and_runs_as_it_was_published_then(world: World) -> None:
    rules = [
        rule("later", CALL, timing={"after": "2 days"}),
        rule("then", CALL, timing={"after_previous": "1 day"}),
        rule("soon", note(1), timing={"after": "1 second"}),
    ]
    pipeline = await publish(world, "in-advance", stage("new", *rules))
    deal = await world.deal(pipeline=pipeline)
    later = await world.rule_is(deal["id"], "later", "waiting")
    await world.rule_is(deal["id"], "then", "waiting_for_previous")
    entered = moment((await world.installation.crm.item(deal["id"]))["entered_at"])
    assert moment(later["due_at"]) == (entered.astimezone(LISBON) + timedelta(days=2)).astimezone(UTC)
    await publish(world, "in-advance", stage("new", rule("other", CALL, timing={"after": "9 days"})))
    soon = await world.rule_is(deal["id"], "soon", "succeeded")
    assert moment(soon["due_at"]) == entered + timedelta(seconds=1)
    assert set(await world.rules(deal["id"])) == {"later", "then", "soon"}
    assert (await world.rules(deal["id"]))["later"]["due_at"] == later["due_at"]


@pytest.mark.req("A4")
@pytest.mark.parametrize(
    ("written", "named"),
    [
        ({"do": {**CALL, **MAIL}}, "do"),
        ({"do": {}}, "do"),
        ({"do": CALL, "timing": {"after": "1 day", "at": "2027-01-01T10:00"}}, "timing"),
    ],
    ids=["two actions", "no action", "two timings"],
)
async def test_a_rule_has_one_action_and_one_timing(world: World, written: Json, named: str) -> None:
    with pytest.raises(Refused) as refused:
        await publish(world, "one-each", stage("new", {"key": "both", **written}))
    assert refused.value.answer.status_code == 422
    assert named in refused.value.answer.text


@pytest.mark.req("B16")
async def test_a_trigger_moves_at_once_and_the_rules_of_its_stage_count_from_that_moment(world: World) -> None:
    asked = {"key": "asked", "on": "form.submitted"}
    target = stage(
        "asked", rule("now", note(1)), rule("tomorrow", CALL, timing={"after": "24 hours"}), triggers=(asked,)
    )
    pipeline = await publish(world, "at-the-signal", stage("new"), target)
    deal = await world.deal(pipeline=pipeline)
    await submit(world, deal, "A question")
    await world.stands(deal["id"], "asked")
    await world.rule_is(deal["id"], "now", "succeeded")
    tomorrow = await world.rule_is(deal["id"], "tomorrow", "waiting")
    moved = await world.installation.crm.item(deal["id"])
    assert moment(moved["entered_at"]) > moment(moved["created_at"])
    assert moment(tomorrow["due_at"]) == moment(moved["entered_at"]) + timedelta(hours=24)
