"""Effects as a worker has claimed them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.actions import PerformAction, Recipient
from contracts.envelope import Cause

from action_workers import ledger
from action_workers.actions.action import Action
from action_workers.effect import Effect, ordered


def claimed(
    action: Action,
    to: Recipient,
    params: dict[str, Any],
    now: datetime,
    *,
    name: str = "",
    attempt: int = 1,
    **more: Any,
) -> Effect:
    """Give the effect of an order, claimed for an attempt of this number; `more` are fields of the order."""
    order = PerformAction(
        execution=UUID(int=1),
        item=UUID(int=2),
        item_type="deal",
        activation=1,
        rule=UUID(int=3),
        rule_key="greet",
        action=name or action.name,
        recipients=(to,),
        params=params,
        due_at=now,
        config=0,
        **more,
    )
    effect = ordered(
        order,
        to,
        kind=action.kind,
        attempts=action.attempts,
        repeatable=action.may_repeat(params),
        cause=Cause(UUID(int=4), UUID(int=5)),
        asked_at=now,
    )
    return ledger.changed(effect, now, state="claimed", attempts=attempt)
