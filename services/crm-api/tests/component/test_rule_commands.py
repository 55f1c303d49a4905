"""Commands of rules on the truth: done once, answered each time, refused in words."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts import topics
from contracts.commands import ChangeItem, DeleteItem, ItemCommand, MoveItem
from contracts.items import ItemStageChanged
from crm_api.testing.rules import AT, Rules


async def test_a_rule_moves_the_item_and_the_answer_follows_the_change_that_it_caused(rules: Rules) -> None:
    deal = await rules.crm.deal()
    answer = await rules.done(MoveItem(**rules.common(deal), stage="documents"), hops=3)
    assert (answer.outcome, answer.reason) == ("done", "")
    assert answer.config > 1
    told = [s for s in await rules.crm.deployment.seen(topics.ITEMS) if s.key == deal["id"]]
    assert [type(s.data).__name__ for s in told] == ["ItemStageChanged", "ItemStageChanged", "CommandCompleted"]
    moved = told[1]
    assert isinstance(moved.data, ItemStageChanged)
    assert moved.data.why == "rule greet"
    assert moved.envelope is not None
    assert moved.envelope.cause.hops == 4


async def test_a_repeated_command_is_done_once_and_gets_the_same_answer(rules: Rules) -> None:
    deal = await rules.crm.deal()
    command = MoveItem(**rules.common(deal), stage="documents")
    await rules.send(command, command)
    first, second = await rules.answers(command, 2)
    assert first == second
    assert (await rules.item(deal))["version"] == 2
    told = [s for s in await rules.crm.deployment.seen(topics.ITEMS) if s.data == first]
    assert len({s.envelope.id for s in told if s.envelope}) == 1


async def test_a_command_for_a_stage_that_the_item_has_left_is_cancelled(rules: Rules) -> None:
    deal = await rules.crm.deal()
    await rules.crm.made(f"/v1/items/{deal['id']}/move", stage="lost")
    answer = await rules.done(MoveItem(**rules.common(deal), stage="documents"))
    assert (answer.outcome, answer.reason) == ("cancelled", "left the stage")
    assert (await rules.item(deal))["stage"] == "lost"


async def test_a_command_that_may_outlive_the_stage_is_done(rules: Rules) -> None:
    deal = await rules.crm.deal()
    await rules.crm.made(f"/v1/items/{deal['id']}/move", stage="documents")
    answer = await rules.done(ChangeItem(**rules.common(deal, expects=None), fields={"title": "Kept"}))
    assert answer.outcome == "done"
    assert (await rules.item(deal))["title"] == "Kept"


async def test_a_command_that_comes_too_late_is_cancelled(rules: Rules) -> None:
    deal = await rules.crm.deal()
    late = rules.common(deal, expires_at=AT - timedelta(days=1))
    answer = await rules.done(MoveItem(**late, stage="documents"))
    assert answer.outcome == "cancelled"
    assert answer.reason.startswith("came too late")


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        (MoveItem, {"stage": "nowhere"}, "deal/retail has no stage 'nowhere'"),
        (ChangeItem, {"fields": {"amount": "much"}}, "fields.amount: 'much' is not a money"),
        (ChangeItem, {"fields": {"colour": "red"}}, "this type has no such field"),
        (ChangeItem, {"fields": {f"more_{n}": "x" * 9000 for n in range(6)}}, "it may have 40000"),
    ],
)
async def test_what_cannot_be_done_fails_in_words_and_changes_nothing(
    rules: Rules, kind: type[ItemCommand], more: dict[str, Any], words: str
) -> None:
    deal = await rules.crm.deal()
    answer = await rules.done(kind(**rules.common(deal), **more))
    assert answer.outcome == "failed"
    assert words in answer.reason
    assert (await rules.item(deal))["version"] == 1


async def test_what_failed_is_tried_again_in_a_higher_round_only(rules: Rules) -> None:
    deal = await rules.crm.deal()
    wrong = ChangeItem(**rules.common(deal), fields={"responsible": "rui"})
    assert (await rules.done(wrong)).outcome == "failed"
    assert (await rules.crm.ann.put("/v1/config/person/rui", json={"name": "Rui"})).status_code == 200
    await rules.send(wrong, wrong.model_copy(update={"round": 2}))
    *earlier, last = await rules.answers(wrong, 3)
    assert [(a.round, a.outcome) for a in (*earlier, last)] == [(1, "failed"), (1, "failed"), (2, "done")]
    assert (await rules.item(deal))["responsible"] == "rui"


async def test_what_was_done_is_not_done_again_in_a_higher_round(rules: Rules) -> None:
    deal = await rules.crm.deal()
    command = ChangeItem(**rules.common(deal), fields={"title": "By the rule"})
    assert (await rules.done(command)).outcome == "done"
    await rules.crm.ann.patch(f"/v1/items/{deal['id']}", json={"fields": {"title": "By Ann"}})
    await rules.send(command.model_copy(update={"round": 2}))
    assert [a.outcome for a in await rules.answers(command, 2)] == ["done", "done"]
    assert (await rules.item(deal))["title"] == "By Ann"


async def test_a_rule_deletes_the_item_and_what_follows_is_cancelled(rules: Rules) -> None:
    deal = await rules.crm.deal()
    assert (await rules.done(DeleteItem(**rules.common(deal)))).outcome == "done"
    answer = await rules.done(MoveItem(**rules.common(deal), stage="documents"))
    assert (answer.outcome, answer.reason) == ("cancelled", "the item is deleted")
    assert (await rules.crm.ann.get(f"/v1/items/{deal['id']}")).status_code == 410
    rows = (await rules.crm.ann.get(f"/v1/items/{deal['id']}/timeline")).json()["rows"]
    assert rows[-1]["words"] == "deleted by service:rule-scheduler: rule greet"


async def test_a_command_for_an_item_that_never_was_is_cancelled(rules: Rules) -> None:
    nobody = {"id": str(uuid4()), "activation": 1}
    answer = await rules.done(DeleteItem(**rules.common(nobody)))
    assert (answer.outcome, answer.reason) == ("cancelled", "there is no such item")


async def test_a_move_to_where_the_item_stands_is_done_without_a_new_entry(rules: Rules) -> None:
    deal = await rules.crm.deal()
    answer = await rules.done(MoveItem(**rules.common(deal), stage="new"))
    assert (answer.outcome, answer.reason) == ("done", "it stands there already")
    assert (await rules.item(deal))["activation"] == 1


async def test_a_chain_that_is_too_long_ends_here_and_the_timeline_shows_the_loop(rules: Rules) -> None:
    deal = await rules.crm.deal()
    answer = await rules.done(MoveItem(**rules.common(deal), stage="documents"), hops=100)
    assert answer.outcome == "failed"
    assert "too many automated moves" in answer.reason
    rows = (await rules.crm.ann.get(f"/v1/items/{deal['id']}/timeline")).json()["rows"]
    assert [row["kind"] for row in rows] == ["created", "loop"]
