"""Every provider in every kind of trouble: the state that follows, the ledger's rows, and the provider's own count.

A new provider is one line in `action_workers/testing/conformance.py`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from action_workers import ledger
from action_workers.actions import ACTIONS, of_kind
from action_workers.testing import Desk
from action_workers.testing.conformance import CONVERSATIONS, Conversation
from chassis.testing import Deployment
from chassis.testing.deployment import Chosen
from chassis.testing.plugin import templates
from contracts.outcomes import EffectOutcome
from stack import Stack
from typing_extensions import override

Open = Callable[[str], Awaitable[Desk]]
each = pytest.mark.parametrize("talk", CONVERSATIONS, ids=lambda talk: talk.name)
knows_repeats = pytest.mark.parametrize("talk", [t for t in CONVERSATIONS if t.keyed], ids=lambda talk: talk.name)
knows_none = pytest.mark.parametrize("talk", [t for t in CONVERSATIONS if not t.keyed], ids=lambda talk: talk.name)


class OneDatabase(Deployment):
    """Gives every conversation the same database: to make one takes longer than to talk."""

    kept: Any = None

    @override
    async def settings(self, kind: type[Chosen], versions: Path, **more: object) -> Chosen:
        self.kept = self.kept or await super().settings(kind, versions, **more)
        return self.kept  # type: ignore[no-any-return]  # there is one kind


@pytest.fixture(scope="module")
async def deployment(stack: Stack) -> AsyncIterator[Deployment]:
    one = OneDatabase(stack, templates)
    yield one
    await one.close()


@pytest.fixture
async def desk(open_desk: Open, talk: Conversation) -> Desk:
    desk = await open_desk(talk.kind)
    for table in ("attempt", "effect", "timer", "outbox", "account"):
        await desk.rows(f"DELETE FROM {table} RETURNING 1")
    return desk


def break_off(desk: Desk, talk: Conversation, fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the far end break off, or be silent for longer than an attempt may last, which is enough to be heard."""
    talk.fail(desk, fault, seconds=4.5)
    if fault == "stall":
        for action in of_kind(talk.kind):
            monkeypatch.setitem(ACTIONS, action.name, replace(action, timeout=3.0))


async def came_to(desk: Desk, talk: Conversation, state: str, **more: Any) -> EffectOutcome:
    """Ask, work until the effect has this state, and check that the ledger kept each attempt."""
    await desk.take(talk.ask(desk).model_copy(update=more))
    (outcome,) = await desk.work(state)
    attempts = await desk.rows("SELECT number, ended_at FROM attempt ORDER BY number")
    assert [a["number"] for a in attempts] == [*range(1, outcome.attempts + 1)]
    assert all(a["ended_at"] for a in attempts)
    return outcome


@each
async def test_where_all_is_well_it_is_done_once(desk: Desk, talk: Conversation) -> None:
    outcome = await came_to(desk, talk, "sent")
    assert (outcome.attempts, outcome.reason, talk.did(desk)) == (1, "", 1)


@each
async def test_a_slow_answer_is_waited_for(desk: Desk, talk: Conversation) -> None:
    talk.fail(desk, "stall", seconds=0.3)
    outcome = await came_to(desk, talk, "sent")
    assert (outcome.attempts, talk.did(desk)) == (1, 1)


@each
async def test_a_wish_to_wait_parks_it_as_long_and_nothing_is_done(desk: Desk, talk: Conversation) -> None:
    talk.fail(desk, "status", **talk.busy)
    if talk.waits is None:
        assert (await came_to(desk, talk, "sent")).attempts == 2
        return
    await desk.take(talk.ask(desk))
    async with desk.working():
        await desk.parked()
    (row,) = await desk.rows("SELECT state, reason, not_before - signalbox_now() AS ahead FROM effect")
    assert timedelta(seconds=talk.waits - 60) < row["ahead"] <= timedelta(seconds=talk.waits)
    assert (row["state"], bool(row["reason"]), talk.did(desk)) == ("planned", True, 0)


@each
async def test_trouble_of_the_provider_is_tried_again(desk: Desk, talk: Conversation) -> None:
    for _ in range(2):
        talk.fail(desk, "status", code=451 if talk.fault == "smtp" else 503)
    outcome = await came_to(desk, talk, "sent")
    assert (outcome.attempts, outcome.reason, talk.did(desk)) == (3, "", 1)


@knows_repeats
@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "stall"])
async def test_silence_is_asked_again_where_the_provider_knows_a_repeat(
    desk: Desk, talk: Conversation, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(desk, talk, fault, monkeypatch)
    outcome = await came_to(desk, talk, "sent")
    # On a crowded machine the time limit may be over a second time.
    assert outcome.attempts == 2 or (fault == "stall" and outcome.attempts > 2)
    assert (outcome.reason, talk.did(desk)) == ("", 1)


@knows_none
@pytest.mark.parametrize(("fault", "did"), [("cut_before", 0), ("cut_after", 1), ("stall", 1)])
async def test_silence_is_uncertain_where_the_provider_knows_no_repeat(
    desk: Desk, talk: Conversation, fault: Any, did: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(desk, talk, fault, monkeypatch)
    outcome = await came_to(desk, talk, "uncertain")
    assert (outcome.attempts, bool(outcome.reason), talk.did(desk)) == (1, True, did)


@knows_none
async def test_a_rule_may_want_it_at_least_once_and_the_second_is_marked(desk: Desk, talk: Conversation) -> None:
    talk.fail(desk, "cut_after")
    outcome = await came_to(desk, talk, "sent", at_least_once=True)
    assert (outcome.attempts, outcome.reason, talk.did(desk)) == (2, ledger.DOUBLED, 2)


@each
async def test_an_answer_that_nobody_can_read_is_never_taken_for_a_refusal(desk: Desk, talk: Conversation) -> None:
    talk.fail(desk, "garbage")
    await desk.take(talk.ask(desk))
    async with desk.working():
        await desk.ended()
    (outcome,) = await desk.latest()
    assert talk.did(desk) == 1
    if talk.fault == "web":
        # A webhook was done; whoever asks for parts of an answer that is none is told so, or left in doubt.
        meant = "sent" if talk.name.startswith("webhook") else "failed" if talk.keyed else "uncertain"
        assert (outcome.state, "it answered 200" in outcome.reason) == (meant, True)
    else:
        assert (outcome.state, outcome.attempts) == (("sent", 2) if talk.keyed else ("uncertain", 1))


@each
async def test_wrong_credentials_fail_at_once_in_words_and_nothing_is_done(desk: Desk, talk: Conversation) -> None:
    await talk.wrong(desk)
    outcome = await came_to(desk, talk, "failed")
    assert (outcome.attempts, talk.did(desk)) == (1, 0)
    assert outcome.reason
    assert talk.words in outcome.reason


@each
async def test_a_worker_that_dies_after_it_was_done_leaves_one(desk: Desk, talk: Conversation) -> None:
    await desk.take(talk.ask(desk))
    turn = await desk.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    await desk.attempts.make(claimed, knowledge)
    await desk.end_claims()
    await desk.stale.turn()
    (outcome,) = await desk.work("sent" if talk.keyed else "uncertain")
    assert (outcome.attempts, talk.did(desk)) == (2 if talk.keyed else 1, 1)
