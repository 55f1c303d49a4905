"""Effects that the far end took and answers later: what each answer does in each state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from action_workers import ledger
from action_workers.answers import Accepted, Unknown
from action_workers.effect import Effect
from chassis.retry import Pauses
from contracts.actions import AppAnswered, Recipient
from contracts.envelope import Cause
from contracts.outcomes import EffectState

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = Accepted(timedelta(days=1), "the app took it, and answers later")
STATES: tuple[EffectState, ...] = get_args(EffectState)
REACHED = {"sent", "confirmed", "bounced"}
OPEN = {"claimed", "awaited", "uncertain"}


def effect(**fields: Any) -> Effect:
    plain = Effect(
        id=UUID(int=1),
        execution=UUID(int=2),
        kind="app",
        action="app:acme/inspect",
        item=UUID(int=3),
        activation=1,
        round=1,
        effects=1,
        recipient=Recipient(whom="app:acme", name="acme"),
        connection="",
        params={"inputs": {}},
        asked_at=NOW,
        not_before=NOW,
        expires_at=None,
        at_least_once=False,
        repeatable=True,
        last_attempt=8,
        cause=Cause(UUID(int=4), UUID(int=5)),
        at=NOW,
        state="claimed",
        attempts=2,
    )
    return replace(plain, **fields)


def answer(outcome: Any = "done", **fields: Any) -> AppAnswered:
    told = {"app": "acme", "effect": UUID(int=1), "attempt": 2, "outcome": outcome, "at": LATER}
    return AppAnswered.model_validate({**told, "results": {"verdict": "sound"}, "reason": "no", **fields})


def test_what_the_far_end_took_is_awaited_until_its_own_deadline() -> None:
    row = ledger.answered(effect(), 2, DAY, NOW, pauses=Pauses())
    assert row is not None
    assert (row.state, row.claimed_until, row.reason) == ("awaited", NOW + timedelta(days=1), DAY.reason)


@pytest.mark.parametrize("state", STATES)
def test_what_was_done_is_done_however_late(state: EffectState) -> None:
    row = ledger.replied(effect(state=state), answer(attempt=1), LATER)
    assert (row is None) == (state in REACHED)
    if row is not None:
        assert (row.state, row.results) == ("sent", {"verdict": "sound"})
        assert row.reason == (ledger.LATE if state == "uncertain" else "")


@pytest.mark.parametrize("state", STATES)
def test_that_it_failed_settles_only_what_waits_for_it(state: EffectState) -> None:
    row = ledger.replied(effect(state=state), answer("failed"), LATER)
    assert (row is not None) == (state in OPEN)
    if row is not None:
        assert (row.state, row.reason, row.results) == ("failed", "no", {})
    assert ledger.replied(effect(state=state), answer("failed", attempt=1), LATER) is None


def test_an_answer_to_what_was_never_called_is_ignored() -> None:
    assert ledger.replied(effect(state="planned", attempts=0), answer(), LATER) is None


def test_what_an_app_says_of_whoever_was_erased_meanwhile_is_not_kept() -> None:
    erased = Recipient(whom="app:acme", missing="the person was erased")
    row = ledger.replied(effect(state="awaited", recipient=erased), answer(), LATER)
    assert row is not None
    assert (row.state, row.results) == ("sent", {})


def test_after_its_time_nobody_knows_and_it_is_not_called_again() -> None:
    row = ledger.overdue(effect(state="awaited"), LATER)
    assert (row.state, row.attempts) == ("uncertain", 2)
    assert row.reason == "the app took it, and did not answer until 2026-11-22 11:00 UTC"


def test_an_end_of_the_claim_is_no_end_of_the_wait() -> None:
    assert ledger.answered(effect(state="awaited"), 2, Unknown("lost"), LATER, pauses=Pauses()) is None
    assert ledger.withdrawn(effect(state="awaited"), "left the stage", LATER, LATER) is None


def test_a_higher_round_does_not_call_what_is_awaited() -> None:
    row = ledger.renewed(effect(state="awaited"), effect(round=2, state="planned", attempts=0), LATER)
    assert row is not None
    assert (row.state, row.round, row.attempts) == ("awaited", 2, 2)
