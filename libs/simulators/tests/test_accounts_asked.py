"""Accounts that say who they are, as the vendors' own libraries ask them."""

import asyncio

import httpx
import pytest
import simulators
import telegram
from google.ads import datamanager_v1
from simulators.google import LISTS
from telegram.request import HTTPXRequest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


def twilio(sim: simulators.Simulation, token: str) -> Client:
    client = Client(sim.settings.twilio_account_sid, token, http_client=TwilioHttpClient(pool_connections=False))
    client.api.base_url = sim.http
    return client


async def test_twilios_client_reads_the_account(sim: simulators.Simulation, twilio_auth: tuple[str, str]) -> None:
    sid, token = twilio_auth
    account = await asyncio.to_thread(twilio(sim, token).api.accounts(sid).fetch)
    assert (account.sid, account.friendly_name, account.status, account.type) == (
        sid,
        "Furniture shop",
        "active",
        "Full",
    )
    with pytest.raises(TwilioRestException, match="Authenticate"):
        await asyncio.to_thread(twilio(sim, "wrong").api.accounts(sid).fetch)


async def test_telegrams_library_reads_the_bot(sim: simulators.Simulation) -> None:
    asking, polling = HTTPXRequest(), HTTPXRequest()
    token = sim.settings.telegram_bot_token.get_secret_value()
    bot = telegram.Bot(token, base_url=f"{sim.http}/bot", request=asking, get_updates_request=polling)
    me = await bot.get_me()
    assert (me.username, me.first_name, me.is_bot) == ("shop_bot", "The shop", True)
    await asking.shutdown()
    await polling.shutdown()


async def test_googles_library_reads_the_lists_of_an_account(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    token = sim.settings.google_access_token.get_secret_value()
    path = LISTS.format(account="1234567890")
    answer = await client.get(path, headers={"Authorization": f"Bearer {token}"}, params={"pageSize": "5"})
    read = datamanager_v1.ListUserListsResponse.from_json(answer.text)
    assert [(one.id, one.display_name) for one in read.user_lists] == [(238, "Buyers")]
    asked = datamanager_v1.ListUserListsRequest(parent=path.removeprefix("/v1/").removesuffix("/userLists"))
    assert asked.parent == "accountTypes/GOOGLE_ADS/accounts/1234567890"
    assert (await client.get(path)).status_code == 401
    assert (
        await client.get(LISTS.format(account="0"), headers={"Authorization": f"Bearer {token}"})
    ).status_code == 404


async def test_meta_vk_and_yandex_tell_whose_token_it_is(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    meta = {"Authorization": f"Bearer {sim.settings.meta_access_token.get_secret_value()}"}
    assert (await client.get("/v26.0/me", headers=meta)).json()["adaccounts"]["data"][0]["name"] == "Furniture"
    assert (await client.get("/v26.0/me")).json()["error"]["code"] == 190
    vk = {"access_token": sim.settings.vk_access_token.get_secret_value(), "v": "5.199"}
    told = await client.post("/method/ads.getAccounts", data=vk)
    assert told.json()["response"][0]["account_id"] == 1601
    assert (await client.post("/method/ads.getAccounts")).json()["error"]["error_code"] == 5
    yandex = {"Authorization": f"OAuth {sim.settings.yandex_access_token.get_secret_value()}"}
    assert (await client.get("/v1/management/segments", headers=yandex)).json()["segments"][0]["name"] == "Buyers"
    assert (await client.get("/v1/management/segments")).status_code == 401


@pytest.mark.parametrize("provider", ["twilio", "telegram", "meta", "google", "vk", "yandex"])
async def test_whoever_is_asked_can_fail_on_demand(
    sim: simulators.Simulation, client: httpx.AsyncClient, provider: str, twilio_auth: tuple[str, str]
) -> None:
    known = sim.settings
    places = {
        "twilio": f"/2010-04-01/Accounts/{twilio_auth[0]}.json",
        "telegram": f"/bot{known.telegram_bot_token.get_secret_value()}/getMe",
        "meta": f"/v26.0/me?access_token={known.meta_access_token.get_secret_value()}",
        "google": LISTS.format(account="1234567890"),
        "vk": f"/method/ads.getAccounts?access_token={known.vk_access_token.get_secret_value()}",
        "yandex": "/v1/management/segments",
    }
    tokens = {"google": f"Bearer {known.google_access_token.get_secret_value()}"}
    tokens["yandex"] = f"OAuth {known.yandex_access_token.get_secret_value()}"
    auth = httpx.BasicAuth(*twilio_auth) if provider == "twilio" else None
    headers = {"Authorization": tokens[provider]} if provider in tokens else {}
    sim.fail(provider, "status", code=503)  # type: ignore[arg-type]  # one of the names above
    answers = [await client.get(places[provider], headers=headers, auth=auth) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 200]
