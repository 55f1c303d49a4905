"""All ad platforms: nothing but hashes leaves, audiences are there beforehand, access is renewed without a restart."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote_plus

import pytest
from action_workers.memberships.uploads import Uploads
from action_workers.testing import Desk
from chassis.ids import new_id
from chassis.testing import eventually, running_tasks
from contracts.actions import Recipient

EMAIL, PHONE = "ana.reis@example.com", "+351 910 000 001"
# What the system knows of Ana besides, none of which is for a platform.
SECRETS = ("ana.reis", "910000001", "910 000 001", "Ana Reis", "Rua das Flores", "1984-05-06", "246813579", "Oak table")
DIRECT = ("meta", "google", "vk")


@pytest.fixture
async def ads(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("ad-audience")


def buyer(ads: Desk, connection: str, number: int = 0, **params: Any) -> Any:
    contact = new_id()
    known = {"address": "Rua das Flores", "birthday": "1984-05-06", "tax": "246813579", "title": "Oak table"}
    people = {"email": EMAIL if not number else f"{number}.{EMAIL}", "phone": PHONE}
    return ads.action(
        Recipient(whom=f"audience:238:{contact}", name="Ana Reis", address=PHONE, contact=contact),
        execution=new_id(),
        item=new_id(),
        action=params.pop("action", "add-to-audience"),
        connection=connection,
        params={"audience": "238", **people, "context": known, **known, **params},
    )


@pytest.mark.req("F5", "M6")
async def test_of_all_that_is_known_nothing_but_hashes_reaches_any_platform(ads: Desk) -> None:
    added = [buyer(ads, connection) for connection in DIRECT]
    many = [buyer(ads, "yandex", number, audience="55") for number in range(100)]
    removed = [buyer(ads, connection, action="remove-from-audience") for connection in DIRECT]
    await ads.take(*added, *many, *removed)

    async def done() -> bool:
        return await ads.states() == ["sent"] * 106

    uploads = Uploads(ads.database, ads.outbox, ads.config, ads.attempts)
    async with running_tasks(ads.executor.run, uploads.run):
        await eventually(done)
    heard = list(ads.sim.heard.requests)
    assert len(heard) == 7
    for request in heard:
        told = unquote_plus(request.decode(errors="replace")).casefold()
        assert [secret for secret in SECRETS if secret.casefold() in told] == []
        assert "@" not in told.partition("\n")[2].replace("@type", "")


async def test_a_contact_is_taken_out_by_what_it_was_put_in(ads: Desk) -> None:
    for connection in DIRECT:
        await ads.take(buyer(ads, connection), buyer(ads, connection, action="remove-from-audience"))
    await ads.work(*["sent"] * 6)
    for accepted, of in (
        (ads.sim.meta.accepted, "rows"),
        (ads.sim.google.accepted, "people"),
        (ads.sim.vk.accepted, "contacts"),
    ):
        assert {change.change for change in accepted} == {"add", "remove"}
        assert len({json.dumps(getattr(change, of)) for change in accepted}) == 1


@pytest.mark.parametrize("connection", DIRECT)
async def test_an_audience_that_is_not_there_is_not_made(ads: Desk, connection: str) -> None:
    await ads.take(buyer(ads, connection, audience="404"))
    (outcome,) = await ads.work("failed")
    assert "has no audience '404' in this account; make it there first" in outcome.reason
    assert outcome.attempts == 1


@pytest.mark.parametrize(
    ("connection", "params", "words"),
    [
        ("meta", {"consent": "granted"}, "Meta has no setting 'consent'"),
        ("google", {"client": "5"}, "Google has no setting 'client'"),
        ("sms", {}, "connection 'sms' is for twilio, which cannot do this"),
        ("", {}, "several connections fit"),
    ],
)
async def test_a_rule_s_settings_must_fit_its_platform(
    ads: Desk, connection: str, params: dict[str, Any], words: str
) -> None:
    await ads.take(buyer(ads, connection, **params))
    (outcome,) = await ads.work("failed")
    assert words in outcome.reason


async def test_a_rule_s_settings_reach_the_platform(ads: Desk) -> None:
    await ads.take(buyer(ads, "google", consent="granted"), buyer(ads, "vk", client="77"))
    await ads.work("sent", "sent")
    assert set(ads.sim.google.accepted[0].consent.values()) == {"CONSENT_GRANTED"}
    assert ads.sim.vk.accepted[0].client_id == "77"


async def renewable(ads: Desk, **more: Any) -> None:
    known = {"client_id": "us", "client_secret": "ours", "refresh_token": "simulated-google-refresh-token"}
    await ads.reconnect("google", **{**known, **more})


async def test_a_token_that_is_over_is_renewed_within_the_attempt(ads: Desk) -> None:
    before = ads.sim.google.refreshed
    await renewable(ads, access_token="over")
    await ads.take(*(buyer(ads, "google", number) for number in range(5)))
    await ads.work(*["sent"] * 5)
    assert ads.sim.google.refreshed > before
    (row,) = await ads.rows("SELECT max(attempts) AS attempts FROM effect")
    assert row["attempts"] == 1


async def test_a_refresh_token_alone_is_enough(ads: Desk) -> None:
    await renewable(ads, access_token=None)
    await ads.take(buyer(ads, "google"))
    await ads.work("sent")


async def test_a_refresh_token_that_is_revoked_fails_in_words_and_nothing_is_asked(ads: Desk) -> None:
    await renewable(ads, access_token="over", refresh_token="revoked")
    await ads.take(buyer(ads, "google"))
    (outcome,) = await ads.work("failed")
    assert "refuses the refresh token" in outcome.reason
    assert not ads.sim.google.accepted


@pytest.mark.parametrize("connection", [*DIRECT, "yandex"])
async def test_a_token_rotates_without_a_restart(ads: Desk, connection: str) -> None:
    right = (await ads.rows("SELECT 1"))[0] and getattr(ads.sim.settings, f"{connection}_access_token")
    await ads.reconnect(connection, access_token="wrong")
    removal: dict[str, Any] = {"action": "remove-from-audience"}
    await ads.take(buyer(ads, connection, **removal))
    await ads.work("failed")
    await ads.reconnect(connection, access_token=right.get_secret_value())
    await ads.take(buyer(ads, connection, **removal))
    await ads.work("failed", "sent")


@pytest.mark.parametrize("error", [1, 6, 9, 10, 29, 602])
async def test_vk_says_with_status_200_that_it_cannot_now(ads: Desk, error: int) -> None:
    ads.sim.fail("vk", "status", error=error)
    await ads.take(buyer(ads, "vk"))
    (outcome,) = await ads.work("sent")
    assert outcome.attempts == 2


async def test_vk_that_takes_no_more_today_is_asked_hours_later(ads: Desk) -> None:
    ads.sim.fail("vk", "status", error=601)
    await ads.take(buyer(ads, "vk"))
    async with ads.working():
        await ads.parked()
    (row,) = await ads.rows("SELECT not_before - signalbox_now() AS ahead FROM effect")
    assert 5.9 * 3600 < row["ahead"].total_seconds() <= 6 * 3600
