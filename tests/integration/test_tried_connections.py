"""Admins try the accounts of the company over the living system: what works says who it is, all else what to mend."""

from typing import Any

import pytest

from tests.integration.watch import Watch
from tests.integration.world import World

Json = dict[str, Any]
TOKEN = "simulated-twilio-token"


async def tried(world: World, name: str, draft: Json | None = None) -> Json:
    """Try an account, past workers that do not know the record yet."""
    return await world.installation.crm.ask("POST", f"/v1/connections/{name}/try?wait=20", json=draft)  # type: ignore[no-any-return]


@pytest.mark.req("M5")
async def test_accounts_are_tried_without_a_restart_and_nobody_is_written_to(world: World, watch: Watch) -> None:
    del watch
    crm, simulators = world.installation.crm, world.installation.simulators
    account = {"account_sid": "AC00000000000000000000000000000001", "from": "+15005550006"}
    sms = {"provider": "twilio", "settings": {"base_url": simulators.inside_url, **account}}
    before = len(await simulators.accepted("twilio"))
    await crm.configure("connection", "tried", {**sms, "secrets": {"auth_token": "yesterdays-token"}})
    try:
        wrong = await tried(world, "tried")
        assert (wrong["outcome"], "check account SID and auth token" in wrong["words"]) == ("refused", True)
        # A draft first, then kept: the next try knows the new secret.
        draft = {**sms, "secrets": {"auth_token": TOKEN}}
        assert (await tried(world, "tried", draft))["outcome"] == "works"
        assert (await tried(world, "tried"))["outcome"] == "refused"
        await crm.configure("connection", "tried", draft)
        right = await tried(world, "tried")
        assert (right["outcome"], right["account"]["name"]) == ("works", "Furniture shop")
        assert (await crm.ask("GET", f"/v1/connections/tried/tries/{right['id']}"))["words"] == right["words"]
        told = str([wrong, right, await crm.ask("GET", "/v1/audit?operation=connections.try")])
        assert TOKEN not in told
        assert "yesterdays-token" not in told
    finally:
        await crm.ask("DELETE", "/v1/config/connection/tried")
    assert len(await simulators.accepted("twilio")) == before


async def test_the_mail_server_of_the_shop_is_greeted_and_gets_no_letter(world: World) -> None:
    simulators = world.installation.simulators
    before = len(await simulators.accepted("smtp"))
    host, _, port = simulators.smtp.partition(":")
    mail = {"host": host, "port": int(port), "tls": "none", "from": "shop@example.com", "user": "shop"}
    draft = {"provider": "smtp", "settings": mail, "secrets": {"password": "simulated-smtp-password"}}
    told = await tried(world, "drafted-mail", draft)
    assert (told["outcome"], "lets the user 'shop' in" in told["words"]) == ("works", True)
    refused = await tried(world, "drafted-mail", {**draft, "secrets": {"password": "guessed"}})
    assert (refused["outcome"], "refuses the user 'shop'" in refused["words"]) == ("refused", True)
    assert len(await simulators.accepted("smtp")) == before


async def test_a_person_who_clicks_on_and_on_is_told_to_wait(world: World) -> None:
    answers = [
        await world.installation.crm.http.post("/v1/connections/clicked/try", json={"provider": "pigeon"})
        for _ in range(6)
    ]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
