"""Contacts to an ad audience, in Meta's format; only hashes leave the system."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.testing import Desk

EMAIL = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
PHONE = "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
BOTH = {"email": " John_Smith@gmail.com", "phone": "+1 (650) 555-1212"}


@pytest.fixture
async def ads(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("ad-audience")


def buyer(ads: Desk, **params: Any) -> Any:
    return ads.action(ads.to(""), connection="meta", params={"audience": "238", **(params or BOTH)})


@pytest.mark.req("F1", "F5")
async def test_a_contact_is_added_by_hashed_email_and_phone_and_nothing_else(ads: Desk) -> None:
    await ads.take(buyer(ads))
    await ads.work("sent")
    (change,) = ads.sim.meta.accepted
    assert (change.audience_id, change.change, change.num_invalid_entries) == ("238", "add", 0)
    assert (change.keys, change.rows) == (["EMAIL", "PHONE"], [[EMAIL, PHONE]])


@pytest.mark.parametrize(("known", "keys"), [("email", ["EMAIL"]), ("phone", ["PHONE"])])
async def test_one_of_the_two_is_enough(ads: Desk, known: str, keys: list[str]) -> None:
    await ads.take(buyer(ads, **{known: BOTH[known]}))
    await ads.work("sent")
    assert ads.sim.meta.accepted[0].keys == keys


async def test_an_unusable_email_does_not_stop_a_usable_phone(ads: Desk) -> None:
    await ads.take(buyer(ads, email="nobody", phone=BOTH["phone"]))
    await ads.work("sent")
    assert ads.sim.meta.accepted[0].keys == ["PHONE"]


async def test_where_neither_can_be_used_nothing_leaves(ads: Desk) -> None:
    await ads.take(buyer(ads, email="nobody", phone="555-1212"))
    (outcome,) = await ads.work("failed")
    assert "country code" in outcome.reason
    assert not ads.sim.meta.accepted


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "garbage"])
async def test_silence_is_asked_again_in_the_same_session(ads: Desk, fault: Any) -> None:
    ads.sim.fail("meta", fault)
    await ads.take(buyer(ads))
    (outcome,) = await ads.work("sent")
    assert (outcome.attempts, outcome.reason) == (2, "")
    assert len({change.session for change in ads.sim.meta.accepted}) == 1


@pytest.mark.parametrize(("code", "error"), [(400, 17), (400, 80003), (429, None), (503, None)])
async def test_throttling_is_waited_out(ads: Desk, code: int, error: int | None) -> None:
    ads.sim.fail("meta", "status", code=code, error=error)
    await ads.take(buyer(ads))
    (outcome,) = await ads.work("sent")
    assert outcome.attempts == 2


async def test_a_token_that_is_over_fails_in_words(ads: Desk) -> None:
    ads.sim.fail("meta", "status", code=400, error=190)
    await ads.take(buyer(ads))
    (outcome,) = await ads.work("failed")
    assert (outcome.attempts, "renew it" in outcome.reason) == (1, True)
