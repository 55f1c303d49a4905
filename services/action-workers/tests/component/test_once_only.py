"""However often it is asked, and whoever dies in between: each effect at most once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from action_workers.testing import Desk
from chassis.errors import Rejected
from chassis.testing import running_tasks
from contracts.actions import CancelAction, ConfirmEffect, ProviderCallback, Recipient

BEFORE = datetime.now(UTC) - timedelta(minutes=1)


async def test_the_same_action_twice_is_one_effect(sms: Desk) -> None:
    action = sms.action()
    await sms.take(action)
    await sms.take(action)
    await sms.work("sent")
    await sms.take(action)
    await sms.work("sent")
    assert len(sms.sim.twilio.accepted) == 1


async def test_the_same_action_twice_in_one_batch_is_one_effect(sms: Desk) -> None:
    await sms.take(sms.action(), sms.action())
    await sms.work("sent")
    assert len(sms.sim.twilio.accepted) == 1


async def test_each_recipient_is_an_effect_of_its_own(sms: Desk) -> None:
    sms.sim.fail("twilio", "cut_after", to="+351910000002")
    await sms.take(sms.action(*(sms.to(f"+35191000000{n}") for n in (1, 2, 3))))
    outcomes = await sms.work("sent", "sent", "uncertain")
    assert {o.effects for o in outcomes} == {3}


async def test_who_is_named_twice_is_one_effect(sms: Desk) -> None:
    await sms.take(sms.action(sms.to(), sms.to()))
    (outcome,) = await sms.work("sent")
    assert outcome.effects == 1
    assert len(sms.sim.twilio.accepted) == 1


async def test_an_action_for_nobody_is_refused(sms: Desk) -> None:
    with pytest.raises(Rejected, match="for nobody"):
        await sms.take(sms.action().model_copy(update={"recipients": ()}))


async def test_two_executors_at_once_claim_each_effect_once(sms: Desk) -> None:
    numbers = [f"+3519100001{n:02d}" for n in range(60)]
    await sms.take(sms.action(*map(sms.to, numbers)))
    async with running_tasks(sms.another().run, sms.another().run):
        await sms.work(*["sent"] * 60)
    assert sorted(m.to for m in sms.sim.twilio.accepted) == numbers
    (row,) = await sms.rows("SELECT count(*) AS attempts FROM attempt")
    assert row["attempts"] == 60


async def test_a_worker_that_dies_between_claim_and_answer_leaves_it_uncertain(sms: Desk) -> None:
    await sms.take(sms.action())
    assert await sms.claim_and_die() == 1
    await sms.stale.turn()
    (outcome,) = await sms.work("uncertain")
    assert "stopped" in outcome.reason
    assert not sms.sim.twilio.accepted


async def test_a_claim_whose_time_is_not_over_is_left_alone(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.executor.claim(1)
    await sms.stale.turn()
    assert await sms.states() == ["claimed"]


async def test_an_answer_that_comes_after_the_claim_was_given_up_still_counts(sms: Desk) -> None:
    await sms.take(sms.action())
    turn = await sms.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    await sms.end_claims()
    await sms.stale.turn()
    await sms.executor.carry_out(claimed, knowledge)
    assert [o.state for o in await sms.outcomes()] == ["uncertain", "sent"]


async def test_a_recorded_answer_leaves_no_timer_behind(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.work("sent")
    assert not await sms.rows("SELECT id FROM timer")


async def test_an_answer_that_is_being_recorded_is_waited_for(sms: Desk) -> None:
    await sms.take(sms.action())
    await sms.claim_and_die()
    async with sms.database.transaction() as tx:
        await tx.fetch("SELECT id FROM effect FOR UPDATE")
        assert await sms.stale.turn() == 0
    assert await sms.states() == ["claimed"]


@pytest.mark.parametrize("state", ["sent", "confirmed", "bounced"])
async def test_a_report_may_overtake_the_answer(sms: Desk, state: Any) -> None:
    await sms.take(sms.action())
    turn = await sms.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    report = ProviderCallback(
        provider="twilio", effect=sms.effect(), reference="SM1", state=state, at=datetime.now(UTC)
    )
    await sms.take(report)
    await sms.executor.carry_out(claimed, knowledge)
    assert [o.state for o in await sms.latest()] == [state]


async def test_a_higher_round_touches_only_what_was_not_sent(sms: Desk) -> None:
    one, two, three = (sms.to(f"+35191000000{n}") for n in (1, 2, 3))
    sms.sim.fail("twilio", "status", code=400, error=21614, to=two.address)
    sms.sim.fail("twilio", "cut_after", to=three.address)
    await sms.take(sms.action(one, two, three))
    await sms.work("failed", "sent", "uncertain")
    await sms.take(sms.action(one, two, three, round=2, params={"text": "anew"}))
    outcomes = await sms.work("sent", "sent", "uncertain")
    assert {(o.round, o.effects) for o in outcomes} == {(2, 3)}
    accepted = sorted((m.to[-1], m.body[:4]) for m in sms.sim.twilio.accepted)
    assert accepted == [
        ("1", "A ma"),
        ("2", "anew"),
        ("3", "A ma"),
    ]


async def test_a_person_who_says_that_it_was_not_sent_may_retry_it(sms: Desk) -> None:
    sms.sim.fail("twilio", "cut_before")
    await sms.take(sms.action())
    await sms.work("uncertain")
    await sms.take(ConfirmEffect(effect=sms.effect(), item=sms.item, sent=False, by="user:ann"))
    await sms.take(sms.action(round=2))
    (outcome,) = await sms.work("sent")
    assert (outcome.round, outcome.attempts) == (2, 2)


async def test_a_lower_round_that_comes_later_changes_nothing(sms: Desk) -> None:
    await sms.take(sms.action(sms.to("12"), round=2))
    await sms.work("failed")
    await sms.take(sms.action(sms.to("12"), sms.to("+351910000002")))
    assert await sms.states() == ["failed"]


async def test_who_is_no_longer_meant_in_a_higher_round_gets_nothing(sms: Desk) -> None:
    sms.sim.fail("twilio", "status", code=429, retry_after=3600, to="+351910000001")
    await sms.take(sms.action(sms.to("+351910000001")))
    async with sms.working():
        await sms.parked()
    await sms.rows("DELETE FROM account RETURNING account")  # the account itself does not wait as long
    await sms.take(sms.action(sms.to("+351910000002"), round=2))
    await sms.work("cancelled", "sent")
    assert [m.to for m in sms.sim.twilio.accepted] == ["+351910000002"]


async def test_who_could_not_be_reached_and_is_no_longer_meant_says_so_in_the_new_round(sms: Desk) -> None:
    nobody = Recipient(whom="contact", missing="the item has no contact")
    await sms.take(sms.action(nobody))
    [skipped] = await sms.latest()
    assert (skipped.state, skipped.round) == ("skipped", 1)
    await sms.take(sms.action(sms.to(), round=2))
    outcomes = await sms.work("skipped", "sent")
    told = {o.whom: (o.state, o.round, o.version > skipped.version) for o in outcomes if o.whom == "contact"}
    assert told == {"contact": ("skipped", 2, True)}


async def test_a_cancel_of_an_earlier_round_that_comes_again_does_not_stop_the_present_one(sms: Desk) -> None:
    cancel = CancelAction(execution=sms.execution, item=sms.item, reason="left the stage")
    await sms.take(sms.action(), cancel, at=BEFORE)
    await sms.take(sms.action(round=2))
    await sms.take(cancel, at=BEFORE)
    await sms.work("sent")


async def test_words_about_what_nobody_knows_are_dropped(sms: Desk) -> None:
    unknown = UUID(int=99)
    now = datetime.now(UTC)
    await sms.take(
        CancelAction(execution=unknown, item=sms.item, reason="left"),
        ConfirmEffect(effect=unknown, item=sms.item, sent=True, by="user:ann"),
        ProviderCallback(provider="twilio", effect=unknown, reference="SM1", state="sent", at=now),
    )
    assert not await sms.outcomes()


async def test_two_who_take_the_same_action_at_once_make_one_effect(sms: Desk) -> None:
    action = sms.action()
    await asyncio.gather(sms.take(action), sms.take(action))
    await sms.work("sent")
    assert len(sms.sim.twilio.accepted) == 1
