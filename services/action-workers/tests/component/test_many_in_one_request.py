"""Clients who are due together go to their audience in one request, and each effect has its own outcome."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.memberships.reports import Reports
from action_workers.testing import Desk
from chassis.ids import new_id
from contracts.actions import PerformAction, Recipient

MANY = 40
# What no platform takes for a hash, by the name that each has for it.
PLAIN = {"meta": {"EMAIL": "plain"}, "google": {"emailAddress": "plain"}}


@pytest.fixture
async def ads(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("ad-audience")


def buyers(ads: Desk, connection: str, count: int = MANY, **more: Any) -> list[PerformAction]:
    """Give as many rules' actions, each for one contact."""
    contacts = [new_id() for _ in range(count)]
    return [
        ads.action(
            Recipient(whom=f"audience:238:{contact}", name="Ana", contact=contact),
            execution=new_id(),
            item=new_id(),
            action=more.get("action", "add-to-audience"),
            connection=connection,
            params={"audience": "238", "email": f"ana{n}@example.com", **more.get("params", {})},
        )
        for n, contact in enumerate(contacts)
    ]


def people(ads: Desk, connection: str) -> list[int]:
    """Give how many people each request was about."""
    of = {"meta": "rows", "google": "people", "vk": "contacts", "yandex": "rows"}[connection]
    return [len(getattr(change, of)) for change in getattr(ads.sim, connection).accepted]


@pytest.mark.parametrize(
    ("connection", "action"),
    [
        ("meta", "add-to-audience"),
        ("meta", "remove-from-audience"),
        ("google", "add-to-audience"),
        ("vk", "add-to-audience"),
        ("yandex", "remove-from-audience"),
    ],
)
async def test_those_who_are_due_together_go_in_one_request(ads: Desk, connection: str, action: str) -> None:
    await ads.take(*buyers(ads, connection, action=action))
    await ads.work(*["sent"] * MANY)
    assert people(ads, connection) == [MANY]
    [row] = await ads.rows("SELECT count(*) AS members FROM audience_member WHERE people <> '[]'")
    assert row["members"] == (MANY if action == "add-to-audience" else 0)


async def test_no_request_is_larger_than_the_platform_takes(ads: Desk) -> None:
    await ads.take(*buyers(ads, "vk", 600))
    await ads.work(*["sent"] * 600)
    assert sum(people(ads, "vk")) == 600
    assert max(people(ads, "vk")) <= 500


@pytest.mark.parametrize("connection", ["meta", "google"])
async def test_those_whom_the_platform_cannot_use_fail_and_the_others_are_in(ads: Desk, connection: str) -> None:
    wrong = buyers(ads, connection, 2, params={"people": [PLAIN[connection]]})
    await ads.take(*buyers(ads, connection), *wrong)
    outcomes = await ads.work(*["failed"] * 2, *["sent"] * MANY)
    failed = {outcome.execution: outcome for outcome in outcomes if outcome.state == "failed"}
    assert failed.keys() == {action.execution for action in wrong}
    assert {outcome.attempts for outcome in outcomes} == {1}
    [row] = await ads.rows("SELECT count(*) AS members FROM audience_member WHERE people <> '[]'")
    assert row["members"] == MANY


async def test_what_is_wrong_with_the_request_is_told_to_each(ads: Desk) -> None:
    await ads.reconnect("meta", access_token="wrong")
    await ads.take(*buyers(ads, "meta", 5))
    outcomes = await ads.work(*["failed"] * 5)
    assert Counter("renew it" in outcome.reason for outcome in outcomes) == {True: 5}


async def test_a_request_that_nobody_answered_is_made_again_for_all(ads: Desk) -> None:
    ads.sim.fail("meta", "cut_after")
    await ads.take(*buyers(ads, "meta", 5))
    outcomes = await ads.work(*["sent"] * 5)
    assert {outcome.attempts for outcome in outcomes} == {2}
    assert {len(change.rows) for change in ads.sim.meta.accepted} <= {1, 2, 3, 4, 5}
    assert len({str(row) for change in ads.sim.meta.accepted for row in change.rows}) == 5


async def test_google_is_asked_once_how_a_request_came_out_and_each_row_says_it(ads: Desk) -> None:
    await ads.take(*buyers(ads, "google", 5))
    await ads.work(*["sent"] * 5)
    counts = [{"recordCount": "2", "reason": "INVALID_IDENTIFIER"}]
    ads.sim.google.outcome = {"requestStatus": "PARTIAL_SUCCESS", "errorInfo": {"errorCounts": counts}}
    await ads.rows("UPDATE audience_request SET ask_at = signalbox_now() RETURNING effect")
    assert await Reports(ads.database, ads.outbox, ads.config, ads.attempts).turn() == 1
    told = {(outcome.state, outcome.reason) for outcome in await ads.latest()}
    words = "Google could not use 2 of those who went together (INVALID_IDENTIFIER), and does not say whom"
    assert told == {("confirmed", words)}
    assert not await ads.rows("SELECT FROM audience_request")
