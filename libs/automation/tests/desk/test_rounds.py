"""Rounds: what a person tries once more begins anew, keeps what has happened, and runs only where it still may."""

from dataclasses import replace
from datetime import timedelta

import pytest
from automation.desk.testing import Table
from automation.testing import DEAL, NOW, contact, deal, entry, rule, shop
from contracts.actions import PerformAction
from contracts.commands import WithdrawCommand
from contracts.executions import ExecutionState
from contracts.items import CommandCompleted, ItemDeleted, ItemEvent
from contracts.orders import CancelExecution, RetryExecution
from contracts.outcomes import EffectState

HOUR = timedelta(hours=1)
CLIENT = contact()
ITEM = deal(to=(CLIENT,))
GREET = rule("greet")
THEN = rule("then", timing={"after_previous": "0 minutes"})
LEFT = deal(stage="documents", activation=2, version=8, to=(CLIENT,))


def retry(table: Table, key: str) -> RetryExecution:
    return RetryExecution(execution=table.row(key).id, item=DEAL, by="user:ann")


@pytest.mark.parametrize("state", ["failed", "uncertain", "missed", "skipped", "cancelled", "blocked"])
def test_whatever_did_not_succeed_is_due_at_once_in_a_new_round(table: Table, state: ExecutionState) -> None:
    table.knowledge = shop(rule("nudge", timing={"after": "2 days"}))
    table.take(entry(ITEM, CLIENT))
    [execution] = table.executions.values()
    ended = execution.row.model_copy(update={"state": state, "reason": "why", "finished_at": NOW})
    table.executions[ended.id] = replace(execution, row=ended)
    table.gate_open, table.now = False, NOW + HOUR
    table.take(retry(table, "nudge"))
    row = table.row("nudge")
    assert (row.state, row.round, row.version, row.due_at) == ("waiting", 2, ended.version + 1, table.now)
    assert (row.reason, row.finished_at) == ("", None)
    note = row.notes[-1]
    assert (note.old, note.new, note.cause) == (ended.due_at, table.now, "retried by user:ann")
    table.gate_open = True
    table.fire()
    assert [said.round for said in table.heard(PerformAction)] == [2]


@pytest.mark.parametrize("happened", ["sent", "confirmed", "bounced"])
def test_effects_that_have_happened_stay_and_the_others_are_asked_for_again(
    table: Table, happened: EffectState
) -> None:
    table.knowledge = shop(GREET)
    table.take(entry(ITEM, CLIENT))
    table.take(table.outcome("greet", happened, whom="a", effects=3, reason="fine"))
    table.take(table.outcome("greet", "failed", whom="b", effects=3, reason="no credit"))
    table.take(table.outcome("greet", "skipped", whom="c", effects=3, reason="no phone"))
    table.take(retry(table, "greet"))
    told = [(effect.whom, effect.state, effect.reason) for effect in table.row("greet").effects]
    assert told == [("a", happened, "fine"), ("b", "planned", ""), ("c", "planned", "")]


def test_a_retry_of_what_stays_releases_nothing_that_does_not(table: Table) -> None:
    table.knowledge = shop(rule("kept", timing={"after": "1 hour"}, keep_on_leave=True), THEN)
    table.take(entry(ITEM, CLIENT))
    table.now = NOW + HOUR
    table.fire(table.row("kept"))
    table.take(table.outcome("kept", "failed"))
    assert table.states() == {"kept": "failed", "then": "blocked"}
    table.take(entry(LEFT, CLIENT), retry(table, "kept"))
    assert (table.row("kept").state, table.row("kept").round) == ("dispatched", 2)
    desk = table.take(table.outcome("kept", "sent", 3))
    assert (table.states(), desk.held) == ({"kept": "succeeded", "then": "blocked"}, set())


@pytest.mark.parametrize(
    ("gone", "state"), [(entry(LEFT, CLIENT), "dispatched"), (ItemDeleted(item=deal(version=8), config=1), "failed")]
)
def test_what_belongs_to_the_entry_is_tried_again_after_the_leave_but_not_after_the_deletion(
    table: Table, gone: ItemEvent, state: str
) -> None:
    table.knowledge = shop(GREET)
    table.take(entry(ITEM, CLIENT))
    table.take(table.outcome("greet", "failed"), gone)
    before = table.row("greet")
    table.take(retry(table, "greet"))
    assert (table.row("greet").state, table.row("greet").version > before.version) == (state, True)


def test_a_question_that_is_asked_once_more_is_withdrawn_in_its_round(table: Table) -> None:
    question = {"text": "Which?", "ask": [{"key": "size"}]}
    table.knowledge = shop(rule("ask", {"ask-employee": question}))
    table.take(entry(ITEM, CLIENT))
    row = table.row("ask")
    table.take(CommandCompleted(execution=row.id, item=DEAL, round=1, outcome="failed", config=1))
    table.take(retry(table, "ask"))
    table.take(entry(LEFT, CLIENT))
    assert [(off.execution, off.round) for off in table.heard(WithdrawCommand)] == [(row.id, 2)]


@pytest.mark.parametrize(
    ("words", "reason"), [("", "cancelled by user:ann"), ("not now", "cancelled by user:ann: not now")]
)
def test_a_cancel_names_who_and_why_where_that_was_said(table: Table, words: str, reason: str) -> None:
    table.knowledge = shop(rule("nudge", timing={"after": "2 days"}))
    table.take(entry(ITEM, CLIENT))
    table.take(CancelExecution(execution=table.row("nudge").id, item=DEAL, by="user:ann", reason=words))
    assert (table.row("nudge").state, table.row("nudge").reason) == ("cancelled", reason)


@pytest.fixture
def sent(table: Table) -> Table:
    table.knowledge = shop(GREET, rule("then", timing={"after_previous": "1 hour"}))
    table.take(entry(ITEM, CLIENT))
    return table


def test_the_same_answer_again_writes_nothing(sent: Table) -> None:
    answer = sent.outcome("greet", "claimed")
    assert list(sent.take(answer).changed) == [sent.row("greet").id]
    assert sent.take(answer).changed == {}


def test_a_later_report_changes_neither_when_it_ended_nor_what_it_gave(sent: Table) -> None:
    sent.take(sent.outcome("greet", "sent", results={"url": "u"}))
    sent.take(sent.outcome("greet", "confirmed", 3, at=NOW + HOUR, results={"read": True}))
    row = sent.row("greet")
    assert (row.state, row.finished_at, [effect.state for effect in row.effects]) == ("succeeded", NOW, ["confirmed"])
    assert row.results == {"url": "u", "read": True}
    assert sent.row("then").due_at == NOW + HOUR


def test_what_is_uncertain_has_not_ended_and_ends_when_it_is_settled(sent: Table) -> None:
    sent.take(sent.outcome("greet", "uncertain", reason="no answer"))
    assert (sent.row("greet").finished_at, sent.row("greet").reason) == (None, "no answer")
    sent.take(sent.outcome("greet", "sent", 3, at=NOW + HOUR))
    assert (sent.row("greet").finished_at, sent.row("greet").reason) == (NOW + HOUR, "")
    assert sent.row("then").due_at == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([("failed", "no credit"), ("failed", "no credit")], "no credit"),
        ([("failed", "no credit"), ("failed", "refused")], "no credit; refused"),
        ([("skipped", "no phone"), ("failed", "no credit")], "no credit"),
        ([("skipped", "no phone"), ("sent", "")], ""),
        ([("skipped", "no phone"), ("skipped", "no consent")], "no phone; no consent"),
    ],
)
def test_the_words_of_an_end_are_those_of_the_effects_that_decided_it(
    sent: Table, told: list[tuple[EffectState, str]], reason: str
) -> None:
    for number, (state, words) in enumerate(told):
        sent.take(sent.outcome("greet", state, whom=str(number), effects=len(told), reason=words))
    assert sent.row("greet").reason == reason
