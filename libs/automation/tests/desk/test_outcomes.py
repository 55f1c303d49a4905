"""Answers of workers and of crm-api: effects refine their row, and an end lets the next rule run, once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import pytest
from automation.desk.testing import Table
from automation.testing import DEAL, NOW, contact, deal, entry, rule, shop
from contracts.actions import PerformAction
from contracts.ids import effect_id
from contracts.items import CommandCompleted
from contracts.outcomes import EffectOutcome, EffectState

DOCUMENT = rule("contract", {"create-document": {"template": "contract"}})
MAIL = rule(
    "mail",
    {"send-email": {"subject": "Your contract", "text": "{{ results.contract.url }}"}},
    timing={"after_previous": "0 minutes"},
)
CALL = rule("call", {"create-task": {"title": "Call"}}, timing={"after_previous": "1 day", "on_previous": "failed"})
CLIENT = contact()


@pytest.fixture
def table() -> Table:
    table = Table()
    table.knowledge = shop(DOCUMENT, MAIL, CALL)
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    return table


def outcome(
    table: Table, key: str, state: EffectState, version: int, results: Mapping[str, Any] | None = None, **more: Any
) -> EffectOutcome:
    row = table.row(key)
    whom = more.pop("whom", "contact")
    parts: dict[str, Any] = {"round": 1, "effects": 1, "at": NOW, **more}
    return EffectOutcome(
        effect=effect_id(row.id, whom),
        execution=row.id,
        item=DEAL,
        activation=1,
        whom=whom,
        state=state,
        version=version,
        results=dict(results or {}),
        **parts,
    )


def answer(table: Table, key: str, told: Literal["done", "cancelled", "failed"], round_: int = 1) -> CommandCompleted:
    return CommandCompleted(
        execution=table.row(key).id, item=DEAL, round=round_, outcome=told, reason="because", config=1
    )


def test_a_rule_after_the_previous_one_runs_when_it_has_succeeded_with_its_results(table: Table) -> None:
    assert table.states() == {"contract": "dispatched", "mail": "waiting_for_previous", "call": "waiting_for_previous"}
    table.take(outcome(table, "contract", "sent", 2, {"url": "https://shop.example/d/1"}))
    assert table.states() == {"contract": "succeeded", "mail": "dispatched", "call": "waiting_for_previous"}
    mail = table.heard(PerformAction)[-1]
    assert mail.params["text"] == "https://shop.example/d/1"


def test_the_same_outcome_twice_releases_once(table: Table) -> None:
    sent = outcome(table, "contract", "sent", 2, {"url": "u"})
    table.take(sent, sent)
    table.take(sent)
    assert [a.rule_key for a in table.heard(PerformAction)] == ["contract", "mail"]


def test_an_older_state_of_an_effect_after_a_newer_one_is_dropped(table: Table) -> None:
    table.take(outcome(table, "contract", "sent", 3, {"url": "u"}))
    before = table.row("contract")
    table.take(outcome(table, "contract", "claimed", 2))
    assert table.row("contract") == before


def test_effects_on_their_way_show_on_the_row_and_end_nothing(table: Table) -> None:
    table.take(outcome(table, "contract", "planned", 1), outcome(table, "contract", "claimed", 2))
    row = table.row("contract")
    assert row.state == "dispatched"
    assert [effect.state for effect in row.effects] == ["claimed"]


def test_an_execution_ends_when_all_its_effects_have_answered(table: Table) -> None:
    table.take(outcome(table, "contract", "sent", 2, {"url": "u"}, whom="ann", effects=2))
    assert table.row("contract").state == "dispatched"
    table.take(outcome(table, "contract", "failed", 2, whom="rui", effects=2, reason="the mailbox is full"))
    assert table.row("contract").state == "failed"
    assert table.row("contract").reason == "the mailbox is full"


def test_a_failure_blocks_the_next_rule_and_names_why(table: Table) -> None:
    table.take(outcome(table, "contract", "failed", 2, reason="the template is gone"))
    assert table.row("mail").state == "blocked"
    assert "the template is gone" in table.row("mail").reason


def test_what_waits_for_a_failure_is_released_by_it_and_due_after_its_interval(table: Table) -> None:
    table.take(outcome(table, "contract", "sent", 2, {"url": "u"}))
    failed_at = NOW + timedelta(minutes=3)
    table.take(outcome(table, "mail", "failed", 2, at=failed_at))
    assert table.row("call").state == "waiting"
    assert table.row("call").due_at == failed_at + timedelta(days=1)


def test_a_chain_behind_a_blocked_rule_is_told_to_its_end(table: Table) -> None:
    table.take(outcome(table, "contract", "failed", 2))
    assert table.states() == {"contract": "failed", "mail": "blocked", "call": "blocked"}


def test_an_uncertain_effect_holds_the_chain_until_it_is_settled(table: Table) -> None:
    table.take(outcome(table, "contract", "uncertain", 2))
    assert table.states()["contract"] == "uncertain"
    assert table.states()["mail"] == "waiting_for_previous"
    table.take(outcome(table, "contract", "sent", 3, {"url": "u"}))
    assert table.states()["contract"] == "succeeded"
    assert table.states()["mail"] == "dispatched"


def test_a_later_report_changes_the_row_and_not_the_chain(table: Table) -> None:
    table.take(outcome(table, "contract", "sent", 2, {"url": "u"}), outcome(table, "contract", "bounced", 3))
    assert table.row("contract").state == "succeeded"
    assert [a.rule_key for a in table.heard(PerformAction)] == ["contract", "mail"]


def test_nothing_is_released_after_the_leave(table: Table) -> None:
    table.take(entry(deal(stage="documents", activation=2, version=8)))
    table.take(outcome(table, "contract", "sent", 2, {"url": "u"}))
    assert table.states() == {"contract": "succeeded", "mail": "cancelled", "call": "cancelled"}


def test_a_release_at_a_closed_gate_is_dispatched_by_its_timer(table: Table) -> None:
    table.gate_open = False
    table.take(outcome(table, "contract", "sent", 2, {"url": "u"}))
    assert table.row("mail").state == "waiting"
    table.gate_open = True
    table.fire()
    assert table.row("mail").state == "dispatched"


def test_the_answer_to_a_command_ends_its_execution_once_and_in_its_round(table: Table) -> None:
    table = Table()
    table.knowledge = shop(rule("advance", {"move-item": {"stage": "documents"}}))
    table.take(entry(deal()))
    table.take(answer(table, "advance", "failed", round_=2))
    assert table.row("advance").state == "dispatched"
    table.take(answer(table, "advance", "cancelled"))
    assert (table.row("advance").state, table.row("advance").reason) == ("cancelled", "because")
    table.take(answer(table, "advance", "done"))
    assert table.row("advance").state == "cancelled"


def test_what_a_worker_did_not_do_for_the_leave_is_cancelled_by_it(table: Table) -> None:
    table = Table()
    table.knowledge = shop(rule("nudge", timing={"after": "2 days"}))
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    table.now = NOW + timedelta(days=2)
    table.fire()
    table.take(entry(deal(stage="documents", activation=2, version=8)))
    table.take(outcome(table, "nudge", "cancelled", 2, reason="left"))
    assert table.row("nudge").state == "cancelled"
    assert table.row("nudge").reason == "left the stage: moved to documents by user:ann"


def test_an_outcome_of_an_execution_that_nobody_knows_is_passed_over(table: Table) -> None:
    stray = outcome(table, "contract", "sent", 2).model_copy(update={"execution": DEAL})
    assert table.take(stray).changed == {}
