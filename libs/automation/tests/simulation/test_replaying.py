"""History told once more: when each thing was heard, when it was looked at, and what answers there were."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.desk.told import Telling
from automation.simulation.replaying import heard, looked_at, replaying
from automation.simulation.world import Happened
from automation.testing import DEAL, NOW, deal, entry, named, record, rule, shop
from contracts.envelope import Cause, Envelope
from contracts.executions import ExecutionRow
from contracts.items import ItemChanged, ItemEvent

SECOND = timedelta(seconds=1)
MOVE = rule("on", {"move-item": {"stage": "documents"}}, timing={"after": "1 hour"})


def happened(data: ItemEvent, after: timedelta = timedelta(), name: str = "entry") -> Happened:
    id_ = named(name)
    return Happened(NOW + after, Telling(Envelope(id_, data.TYPE, "/crm-api", "", NOW, Cause(id_, id_)), data))


def run(name: str, cause: str = "entry", planned: timedelta = timedelta(), **parts: Any) -> ExecutionRow:
    told = {"id": named(name), "version": 1, "item": DEAL, "activation": 1, "rule": MOVE.id, "rule_key": "on"}
    place = {"rule_set": {"pipeline": "deal/retail", "number": 1}, "stage": "new", "action": "move-item"}
    when = {"planned_at": NOW + planned, "cause": named(cause), "state": "waiting"}
    return ExecutionRow.model_validate({**told, **place, **when, **parts})


def moments(history: list[Happened], *rows: ExecutionRow) -> list[tuple[datetime, Any]]:
    return [(one.at, one.what) for one in heard(history, {row.id: row for row in rows})]


def changed(version: int, after: timedelta, *, of: str = "") -> Happened:
    item = deal(version=version, id=named(of) if of else DEAL)
    return happened(ItemChanged(item=item, config=1), after, f"change {of}{version}")


def test_an_event_is_heard_when_the_first_plan_that_it_caused_says() -> None:
    begun = happened(entry(deal()))
    rows = run("later", planned=9 * SECOND), run("first", planned=4 * SECOND), run("other", "another", SECOND)
    # What it cancelled was planned before it happened.
    before = run("cancelled", planned=-3 * SECOND)
    assert moments([begun], *rows, before) == [(NOW + 4 * SECOND, begun.what)]
    assert moments([begun], before) == [(NOW, begun.what)]
    assert moments([begun]) == [(NOW, begun.what)]


def test_events_of_one_item_are_heard_in_their_order_and_those_of_another_do_not_wait() -> None:
    begun, after = happened(entry(deal())), changed(8, 2 * SECOND)
    beside, pause = (
        changed(1, 3 * SECOND, of="another"),
        Happened(NOW + SECOND, record("pause", "all", {"scope": "all"})),
    )
    history = [begun, pause, after, beside]
    assert moments(history, run("slow", planned=10 * SECOND)) == [
        (NOW + SECOND, pause.what),
        (NOW + 3 * SECOND, beside.what),
        (NOW + 10 * SECOND, begun.what),
        (NOW + 10 * SECOND, after.what),
    ]


@pytest.mark.parametrize(
    ("parts", "at"),
    [
        ({"state": "succeeded", "dispatched_at": NOW, "finished_at": NOW + SECOND, "due_at": NOW - SECOND}, NOW),
        ({"state": "skipped", "finished_at": NOW + SECOND, "due_at": NOW}, NOW + SECOND),
        ({"state": "cancelled", "finished_at": NOW + SECOND, "due_at": NOW}, None),
        ({"state": "blocked", "finished_at": NOW + SECOND}, None),
        ({"state": "waiting", "due_at": NOW}, None),
    ],
)
def test_a_row_was_looked_at_when_it_was_sent_or_closed_on_its_own_account(
    parts: dict[str, Any], at: datetime | None
) -> None:
    assert looked_at(run("it", **parts)) == at


@pytest.mark.parametrize(
    ("state", "outcome", "reason"), [("succeeded", "succeeded", ""), ("failed", "failed", "no such stage")]
)
def test_a_command_is_answered_as_it_was_and_decided_as_late_as_it_was(state: str, outcome: str, reason: str) -> None:
    due = NOW + timedelta(hours=1)
    late = due + 30 * SECOND
    live = replaying(shop(MOVE), {})
    live.run([happened(entry(deal()))], due)
    [sent] = live.rows()
    # Nothing answers what history does not know.
    assert (sent.state, sent.dispatched_at) == ("dispatched", due)
    ended = {"state": state, "reason": reason, "dispatched_at": late, "finished_at": late + 5 * SECOND}
    world = replaying(shop(MOVE), {sent.id: sent.model_copy(update=ended)})
    world.run([happened(entry(deal()))], due + timedelta(hours=1))
    [row] = world.rows()
    assert (row.state, row.reason, row.dispatched_at, row.finished_at) == (outcome, reason, late, late + 5 * SECOND)
    assert [(one.at, one.action) for one in world.effects] == [(late, "move-item")]
