"""One order for many executions: what each is told, which states are meant, and within whose reach a job orders."""

import json
from typing import Any, Literal
from uuid import UUID

import pytest
from automation.testing import NOW, REF, deal, named
from contracts.actions import ConfirmEffect
from contracts.executions import PENDING, EffectSeen, ExecutionRow
from contracts.orders import CancelExecution, RetryExecution
from crm_api.access.rights import Reach
from crm_api.executions.bulk import MEANT, Order, as_params, reach_of, states, told
from crm_api.executions.orders import NotPossible
from crm_api.store.executions import Which

BY = "user:ann"
Do = Literal["cancel", "retry", "confirm"]


def effect(n: int, state: str = "uncertain") -> EffectSeen:
    return EffectSeen.model_validate({"id": UUID(int=n), "whom": str(n), "state": state, "version": 1, "at": NOW})


def row(state: str, *effects: EffectSeen) -> ExecutionRow:
    ids = {"id": named("x"), "item": deal().id, "rule": named("r"), "rule_key": "greet", "rule_set": REF}
    place = {"version": 1, "activation": 1, "stage": "new", "action": "send-sms", "planned_at": NOW}
    return ExecutionRow.model_validate({**ids, **place, "state": state, "effects": effects})


@pytest.mark.parametrize(("state", "series"), [("waiting", True), ("waiting_for_date", True), ("dispatched", False)])
def test_who_cancels_many_does_not_want_what_would_follow_on_what_waits_either(state: str, *, series: bool) -> None:
    [order] = told(Order(do="cancel", reason="a mistake"), row(state), BY)
    assert isinstance(order, CancelExecution)
    assert (order.execution, order.reason, order.by, order.series) == (named("x"), "a mistake", BY, series)


def test_a_retry_is_told_to_what_failed() -> None:
    [order] = told(Order(do="retry"), row("failed"), BY)
    assert isinstance(order, RetryExecution)
    assert (order.execution, order.item, order.by) == (named("x"), deal().id, BY)


@pytest.mark.parametrize("sent", [True, False])
def test_of_each_effect_that_is_uncertain_the_same_is_said_and_of_no_other(*, sent: bool) -> None:
    effects = (effect(1), effect(2, "sent"), effect(3), effect(4, "failed"))
    orders = told(Order(do="confirm", sent=sent), row("uncertain", *effects), BY)
    assert orders == [ConfirmEffect(effect=UUID(int=n), item=deal().id, sent=sent, by=BY) for n in (1, 3)]


@pytest.mark.parametrize(
    ("do", "of", "words"),
    [
        ("cancel", row("succeeded"), "it has ended: succeeded"),
        ("retry", row("waiting"), "it is waiting"),
        ("confirm", row("uncertain", effect(1, "sent")), "no effect of it is uncertain"),
        ("confirm", row("uncertain"), "no effect of it is uncertain"),
    ],
)
def test_what_cannot_be_ordered_is_refused_in_words(do: Do, of: ExecutionRow, words: str) -> None:
    with pytest.raises(NotPossible, match=words):
        told(Order(do=do), of, BY)


def test_where_no_state_is_named_an_order_means_those_in_which_it_makes_sense() -> None:
    for do in ("cancel", "retry", "confirm"):
        order = Order.model_validate({"do": do})
        assert states(order, Which()) == MEANT[do]
        assert states(order, Which(state="missed")) == ("missed",)
    # What is dispatched comes last: what waits turns into it while the order goes on. Nobody means what is uncertain.
    assert MEANT["cancel"][-1] == "dispatched"
    assert set(MEANT["cancel"]) == PENDING - {"uncertain"}


@pytest.mark.parametrize(
    "reach",
    [
        Reach(),
        Reach((("*", "*", "all"),)),
        Reach((("deal", "deal/retail", "own"), ("deal", "*", "department")), "sam", frozenset({"sam", "nils"})),
    ],
)
def test_a_job_orders_within_the_reach_that_its_asker_had(reach: Reach) -> None:
    asked = Which(state="failed", pipeline="deal/retail", due_after="2026-03-02T10:00:00+00:00")
    written: dict[str, Any] = json.loads(json.dumps(as_params(Order(do="retry"), asked, reach)))
    assert reach_of(written["reach"]) == reach
    assert (Which(**written["which"]), Order(**written["order"])) == (asked, Order(do="retry"))
