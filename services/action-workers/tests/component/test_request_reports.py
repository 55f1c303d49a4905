"""Google works on what it took; how that came out is asked later, and changes the row alone."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.memberships.reports import Reports
from action_workers.testing import Desk
from contracts.outcomes import EffectOutcome

FAILED = {"requestStatus": "FAILED", "errorInfo": {"errorCounts": [{"recordCount": "1", "reason": "INTERNAL"}]}}
PARAMS = {"audience": "238", "email": "ana@example.com"}


@pytest.fixture
async def ads(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    desk = await open_desk("ad-audience")
    await desk.take(desk.action(desk.to(""), action="add-to-audience", connection="google", params=PARAMS))
    await desk.work("sent")
    return desk


async def asked_later(ads: Desk, outcome: dict[str, Any]) -> EffectOutcome:
    """Let it be time to ask, and give what is told then."""
    ads.sim.google.outcome = outcome
    await ads.rows("UPDATE audience_request SET ask_at = signalbox_now() RETURNING effect")
    await Reports(ads.database, ads.outbox, ads.config, ads.attempts).turn()
    ads.sim.google.outcome = {"requestStatus": "SUCCESS"}
    (outcome_told,) = await ads.latest()
    return outcome_told


async def test_it_is_not_asked_before_its_time(ads: Desk) -> None:
    assert await Reports(ads.database, ads.outbox, ads.config, ads.attempts).turn() == 0
    assert await ads.states() == ["sent"]


@pytest.mark.parametrize("status", ["SUCCESS", "PARTIAL_SUCCESS"])
async def test_what_went_well_is_confirmed_and_asked_no_more(ads: Desk, status: str) -> None:
    assert (await asked_later(ads, {"requestStatus": status})).state == "confirmed"
    assert not await ads.rows("SELECT FROM audience_request")


async def test_what_google_could_not_process_says_why(ads: Desk) -> None:
    told = await asked_later(ads, FAILED)
    assert (told.state, told.reason) == ("bounced", "Google could not process it (INTERNAL)")


@pytest.mark.parametrize("outcome", [{"requestStatus": "PROCESSING"}, {}])
async def test_what_google_still_works_on_is_asked_again(ads: Desk, outcome: dict[str, Any]) -> None:
    assert (await asked_later(ads, outcome)).state == "sent"
    [row] = await ads.rows("SELECT asked, ask_at > signalbox_now() AS later FROM audience_request")
    assert (row["asked"], row["later"]) == (1, True)


async def test_an_account_that_is_gone_is_no_trouble(ads: Desk) -> None:
    await ads.reconnect("google", access_token="over")
    assert (await asked_later(ads, {"requestStatus": "SUCCESS"})).state == "sent"
