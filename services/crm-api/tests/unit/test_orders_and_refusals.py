"""What people may order of an execution, and what a rule may not do any more."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts import topics
from contracts.commands import Expects, ItemCommand, MoveItem
from contracts.envelope import Cause
from contracts.executions import PENDING, EffectSeen, ExecutionRow
from contracts.items import CommandCompleted, Item
from contracts.messages import TYPES
from contracts.rules import RuleSetRef
from crm_api.executions import orders
from crm_api.inside.acting import DO
from crm_api.inside.commands import again, cause_of, refused

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def row(**more: Any) -> ExecutionRow:
    return ExecutionRow.model_validate(
        {
            "id": uuid4(),
            "version": 1,
            "item": uuid4(),
            "activation": 1,
            "rule": uuid4(),
            "rule_key": "greet",
            "rule_set": RuleSetRef(pipeline="deal/retail", number=1),
            "stage": "new",
            "action": "send-sms",
            "state": "waiting",
            "planned_at": AT,
            **more,
        }
    )


def command(**more: Any) -> MoveItem:
    told = {"execution": uuid4(), "item": uuid4(), "rule": uuid4(), "owner": "user:ann", "config": 1, "stage": "paid"}
    return MoveItem.model_validate({**told, **more})


def item(**more: Any) -> Item:
    return Item(**{"id": uuid4(), "type": "deal", "version": 1, "entered_at": AT, "created_at": AT, **more})


@pytest.mark.parametrize("state", sorted(PENDING))
def test_what_is_pending_can_be_cancelled(state: str) -> None:
    pending = row(state=state)
    assert orders.cancel(pending, "user:ann", "no").execution == pending.id


def test_what_has_ended_cannot_be_cancelled() -> None:
    with pytest.raises(orders.NotPossible, match="it has ended: skipped"):
        orders.cancel(row(state="skipped"), "user:ann", "no")


@pytest.mark.parametrize("state", ["waiting", "succeeded", "cancelled", "blocked"])
def test_only_what_did_not_come_off_is_tried_again(state: str) -> None:
    with pytest.raises(orders.NotPossible):
        orders.retry(row(state=state), "user:ann")


def test_only_an_uncertain_effect_is_confirmed() -> None:
    sent = EffectSeen(id=uuid4(), whom="contact", state="sent", version=1, at=AT)
    with pytest.raises(orders.NotPossible, match="the effect is sent"):
        orders.confirm(row(effects=(sent,)), sent.id, "user:ann", sent=True)


def test_a_confirmation_goes_to_the_worker_and_the_rest_to_the_scheduler() -> None:
    unsure = EffectSeen(id=uuid4(), whom="contact", state="uncertain", version=1, at=AT)
    of = row(effects=(unsure,), state="uncertain", action="send-email")
    assert orders.road(orders.confirm(of, unsure.id, "user:ann", sent=False), of) is topics.ACTIONS["email"]
    assert orders.road(orders.retry(of, "user:ann"), of) is topics.ORDERS
    of_app = row(effects=(unsure,), state="uncertain", action="app:acme/score")
    assert orders.road(orders.confirm(of_app, unsure.id, "user:ann", sent=True), of_app) is topics.ACTIONS["app"]


def test_an_action_inside_the_crm_has_nothing_to_confirm() -> None:
    unsure = EffectSeen(id=uuid4(), whom="item", state="uncertain", version=1, at=AT)
    of = row(effects=(unsure,), action="move-item")
    with pytest.raises(orders.NotPossible, match="move-item has no effects outside"):
        orders.road(orders.confirm(of, unsure.id, "user:ann", sent=False), of)


@pytest.mark.parametrize(
    ("asked", "found", "words"),
    [
        ({}, None, "there is no such item"),
        ({}, item(deleted=True), "the item is deleted"),
        ({"expects": Expects(activation=1)}, item(activation=2), "left the stage"),
        ({"expires_at": AT - timedelta(seconds=1)}, item(), "came too late: it was to be done until"),
        ({"expects": Expects(activation=2), "expires_at": AT}, item(activation=2), ""),
        ({}, item(activation=9), ""),
    ],
)
def test_a_command_is_refused_where_it_may_not_be_done_any_more(
    asked: dict[str, Any], found: Item | None, words: str
) -> None:
    refusal = refused(command(**asked), found, AT)
    assert refusal.startswith(words)
    assert bool(refusal) == bool(words)


@pytest.mark.parametrize(
    ("outcome", "number", "stands"), [("failed", 1, True), ("failed", 2, False), ("done", 2, True)]
)
def test_an_answer_stands_for_its_round_and_what_is_done_for_ever(outcome: str, number: int, *, stands: bool) -> None:
    asked = command(round=number)
    before = CommandCompleted.model_validate(
        {"execution": asked.execution, "item": asked.item, "round": 1, "outcome": outcome, "config": 1}
    )
    answer = again(asked, before.model_dump(mode="json"))
    assert (answer is not None) == stands
    assert answer is None or answer.round == number


def test_a_move_by_a_rule_is_a_hop() -> None:
    cause = Cause(uuid4(), uuid4(), hops=3)
    assert cause_of(command(), cause).hops == 4


def test_every_command_of_a_rule_can_be_carried_out() -> None:
    assert set(DO) == {kind for kind in TYPES if issubclass(kind, ItemCommand)}
