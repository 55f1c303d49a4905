"""Notices through crm-api, which knows a second request by the effect's id."""

from collections.abc import Awaitable, Callable

import pytest
from action_workers.answers import Sent
from action_workers.testing import CrmApi, Desk
from contracts.actions import Recipient

EVA, LEO = (Recipient(whom=f"person:{one}", name=one.title(), address=one) for one in ("eva", "leo"))
PARAMS = {"text": "Pack the sofa", "sender": "Rui"}


@pytest.fixture
async def notices(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("notification")


async def test_each_person_gets_a_notice_of_their_own_about_the_item(notices: Desk, crm: CrmApi) -> None:
    nobody = Recipient(whom="person:zoe", missing="Zoe is inactive and nobody stands in")
    await notices.take(notices.action(EVA, LEO, nobody, params=PARAMS))
    outcomes = {one.whom: one for one in await notices.work("sent", "sent", "skipped")}
    assert outcomes["person:zoe"].reason == nobody.missing
    assert sorted(crm.notices.values(), key=lambda one: one["person"]) == [
        {"id": str(outcomes[f"person:{one}"].effect), "person": one, "item": str(notices.item), **PARAMS}
        for one in ("eva", "leo")
    ]


async def test_crm_api_that_is_away_for_a_while_is_asked_again(notices: Desk, crm: CrmApi) -> None:
    crm.failing = 3
    await notices.take(notices.action(EVA, params=PARAMS))
    (outcome,) = await notices.work("sent")
    assert (outcome.attempts, len(crm.notices)) == (4, 1)


async def test_a_worker_that_dies_after_it_asked_tells_nothing_twice(notices: Desk, crm: CrmApi) -> None:
    await notices.take(notices.action(EVA, params=PARAMS))
    turn = await notices.executor.claim(1)
    [claimed], knowledge = turn.effects, turn.knowledge
    attempt = await notices.attempts.make(claimed, knowledge)
    assert isinstance(attempt.answer, Sent)
    await notices.end_claims()
    await notices.stale.turn()
    (outcome,) = await notices.work("sent")
    assert (outcome.attempts, outcome.reason) == (2, "")
    assert (len(crm.notices), crm.asked) == (1, 2)


async def test_parameters_that_a_worker_cannot_read_fail_in_words(notices: Desk, crm: CrmApi) -> None:
    await notices.take(notices.action(EVA, params={"text": 5}))
    (outcome,) = await notices.work("failed")
    assert "text" in outcome.reason
    assert not crm.notices
