"""SMS through Twilio: every way in which it can go."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from action_workers.testing import Desk
from contracts.actions import CancelAction, ConfirmEffect, ProviderCallback

NOW = datetime.now(UTC)


def report(desk: Desk, state: str, reference: str = "SM1") -> ProviderCallback:
    return ProviderCallback.model_validate(
        {"provider": "twilio", "effect": desk.effect(), "reference": reference, "state": state, "at": NOW}
    )


async def test_an_sms_is_sent_and_its_reference_kept(sms: Desk) -> None:
    await sms.take(sms.action())
    (outcome,) = await sms.work("sent")
    (accepted,) = sms.sim.twilio.accepted
    assert (accepted.to, accepted.body) == ("+351910000001", "A manager will contact you within 30 minutes.")
    assert (outcome.state, outcome.reference) == ("sent", accepted.sid)
    assert outcome.results == {"sid": accepted.sid, "parts": 1, "alphabet": "GSM-7"}
    assert outcome.attempts == 1


async def test_twilio_is_told_where_to_report_with_effect_and_item(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.work("sent")
    (accepted,) = sms.sim.twilio.accepted
    assert accepted.status_callback == (
        f"https://shop.example/callbacks/twilio/sms?effect={sms.effect()}&item={sms.item}"
    )


async def test_only_the_end_is_told_where_all_goes_well(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.work("sent")
    assert [o.state for o in await sms.outcomes()] == ["sent"]


async def test_an_outcome_names_the_contact_and_carries_the_cause(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.work("sent")
    (row,) = await sms.rows("SELECT persons, cause FROM effect")
    assert len(row["persons"]) == 1
    assert row["cause"]["actor"] == "service:action-workers"


async def test_trouble_that_passes_is_tried_again_and_each_attempt_is_kept(sms: Desk) -> None:
    sms.sim.fail("twilio", "status", times=2, code=503)
    await sms.take(sms.action())
    (outcome,) = await sms.work("sent")
    assert (outcome.attempts, len(sms.sim.twilio.accepted)) == (3, 1)
    assert [o.state for o in await sms.outcomes()] == ["planned", "planned", "sent"]
    attempts = await sms.rows("SELECT number, outcome, detail, ended_at FROM attempt ORDER BY number")
    assert [(a["number"], a["outcome"]) for a in attempts] == [(1, "trylater"), (2, "trylater"), (3, "sent")]
    assert all(a["ended_at"] for a in attempts)


async def test_a_wish_to_wait_is_honoured_and_holds_nobody_else_up(sms: Desk) -> None:
    sms.sim.fail("twilio", "status", code=429, retry_after=3600, to="+351910000001")
    await sms.take(sms.action(sms.to(), sms.to("+351910000002")))
    await sms.work("planned", "sent")
    (row,) = await sms.rows("SELECT not_before - signalbox_now() AS ahead FROM effect WHERE state = 'planned'")
    assert timedelta(minutes=59) < row["ahead"] < timedelta(minutes=61)
    assert [m.to for m in sms.sim.twilio.accepted] == ["+351910000002"]


async def test_after_the_last_attempt_it_has_failed(sms: Desk) -> None:
    sms.sim.fail("twilio", "status", times=20, code=500)
    await sms.take(sms.action())
    (outcome,) = await sms.work("failed")
    assert outcome.attempts == 8
    assert outcome.reason == "gave up after attempt 8: Twilio answered 500"


async def test_where_nobody_listens_it_was_not_sent_and_is_tried_again(sms: Desk, changed_connection: Any) -> None:
    await changed_connection(sms, "sms", base_url="http://127.0.0.1:1")
    await sms.take(sms.action())
    (outcome,) = await sms.work("failed")
    assert outcome.attempts == 8
    assert "cannot be reached" in outcome.reason


@pytest.mark.parametrize("state", ["sent", "confirmed", "bounced"])
async def test_a_report_settles_what_is_uncertain(sms: Desk, state: str) -> None:
    sms.sim.fail("twilio", "cut_after")
    await sms.take(sms.action())
    await sms.work("uncertain")
    await sms.take(report(sms, state))
    (outcome,) = await sms.latest()
    assert (outcome.state, outcome.reference) == (state, "SM1")


async def test_a_report_after_the_answer_refines_it(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.work("sent")
    await sms.take(report(sms, "sent"), report(sms, "confirmed"), report(sms, "sent"))
    assert [o.state for o in await sms.outcomes()] == ["sent", "confirmed"]


@pytest.mark.parametrize(("sent", "state"), [(True, "sent"), (False, "failed")])
async def test_a_person_settles_what_is_uncertain(sms: Desk, sent: Any, state: str) -> None:
    sms.sim.fail("twilio", "cut_after")
    await sms.take(sms.action())
    await sms.work("uncertain")
    word = ConfirmEffect(effect=sms.effect(), item=sms.item, sent=sent, by="user:ann")
    await sms.take(word, actor="user:ann")
    (outcome,) = await sms.latest()
    assert outcome.state == state
    assert "user:ann" in outcome.reason


async def test_a_wrong_number_fails_at_once_in_words(sms: Desk) -> None:
    await sms.take(sms.action(sms.to("12")))
    (outcome,) = await sms.work("failed")
    assert outcome.reason == "this is not a phone number that Twilio knows (Twilio 21211)"


async def test_who_answered_stop_gets_nothing(sms: Desk) -> None:
    sms.sim.twilio.opted_out.add("+351910000001")
    await sms.take(sms.action())
    (outcome,) = await sms.work("failed")
    assert "STOP" in outcome.reason


async def test_an_account_that_is_not_there_is_named(sms: Desk) -> None:
    await sms.take(sms.action(connection="gone"))
    (outcome,) = await sms.work("failed")
    assert outcome.reason == "there is no connection 'gone'; name one that exists, or add it"


async def test_an_action_that_nobody_knows_fails_in_words(sms: Desk) -> None:
    await sms.take(sms.action(action="send-fax"))
    (outcome,) = await sms.work("failed")
    assert outcome.reason == "no worker here knows the action 'send-fax'"


async def test_parameters_that_are_missing_are_named(sms: Desk) -> None:
    await sms.take(sms.action(params={}))
    (outcome,) = await sms.work("failed")
    assert outcome.reason == "text: Field required"


@pytest.mark.req("E7")
async def test_who_has_no_phone_is_skipped_with_the_reason(sms: Desk) -> None:
    await sms.take(sms.action(sms.to("", missing="the contact has no phone")))
    (outcome,) = await sms.latest()
    assert (outcome.state, outcome.reason) == ("skipped", "the contact has no phone")


async def test_what_comes_too_late_is_missed(sms: Desk) -> None:
    await sms.take(sms.action(expires_at=NOW - timedelta(hours=1)))
    (outcome,) = await sms.latest()
    assert outcome.state == "missed"


async def test_what_became_too_late_while_it_waited_is_missed_and_never_sent(sms: Desk) -> None:
    sms.sim.fail("twilio", "status", code=429, retry_after=3600)
    await sms.take(sms.action(expires_at=datetime.now(UTC) + timedelta(hours=2)))
    async with sms.working():
        await sms.parked()
    await sms.rows("UPDATE account SET busy_until = NULL RETURNING account")
    await sms.rows("UPDATE effect SET not_before = at, expires_at = at RETURNING id")
    (outcome,) = await sms.work("missed")
    assert "Twilio answered 429" in outcome.reason
    assert not sms.sim.twilio.accepted


async def test_a_cancel_before_the_claim_cancels(sms: Desk) -> None:
    cancel = CancelAction(execution=sms.execution, item=sms.item, reason="left the stage")
    await sms.take(sms.action(), cancel)
    (outcome,) = await sms.latest()
    assert (outcome.state, outcome.reason) == ("cancelled", "left the stage")


async def test_a_cancel_after_the_claim_changes_nothing_of_what_is_sent(sms: Desk) -> None:
    sms.sim.fail("twilio", "stall", seconds=0.5)
    await sms.take(sms.action())
    async with sms.working():
        await sms.sim.twilio.accepted.wait(1)
        await sms.take(CancelAction(execution=sms.execution, item=sms.item, reason="left the stage"))
    assert [o.state for o in await sms.latest()] == ["sent"]


async def test_a_cancel_after_the_claim_stops_the_next_attempt(sms: Desk) -> None:
    await sms.take(sms.action())
    turn = await sms.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    await sms.take(CancelAction(execution=sms.execution, item=sms.item, reason="left the stage"))
    sms.sim.fail("twilio", "status", code=503)
    await sms.executor.carry_out(claimed, knowledge)
    (outcome,) = await sms.latest()
    assert (outcome.state, outcome.reason, outcome.attempts) == ("cancelled", "left the stage", 1)
