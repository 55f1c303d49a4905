"""Clients of the shop go to audiences of Google, VK and Yandex, and leave them, through all services."""

import asyncio
import hashlib
from typing import Any

import pytest

from deploy.local.clients import Refused
from tests.integration.world import World

Json = dict[str, Any]
PLATFORMS: dict[str, Json] = {
    "google": {"account": "1234567890"},
    "vk": {"account": "1601", "hashing": "md5"},
    "yandex": {},
}
ENOUGH = 100


@pytest.fixture(scope="module", autouse=True)
async def accounts(world: World) -> None:
    """Let the shop have an account at each platform."""
    up = world.installation
    for name, settings in PLATFORMS.items():
        secrets = {"access_token": f"simulated-{name}-token"}
        account = {"provider": name, "settings": {"base_url": up.simulators.url, **settings}, "secrets": secrets}
        await up.crm.configure("connection", name, account)


def stage(key: str, *rules: Json, kind: str = "open") -> Json:
    return {"key": key, "kind": kind, "rules": list(rules)}


def rule(connection: str, audience: str = "238", do: str = "add-to-audience", **more: Any) -> Json:
    key = more.pop("key", connection)
    return {"key": key, "do": {do: {"connection": connection, "audience": audience, **more}}}


async def publish(world: World, name: str, *rules: Json) -> str:
    stages = [stage("new"), stage("ads", *rules), stage("later"), stage("won", kind="success")]
    await world.installation.crm.publish(f"deal/{name}", {"stages": stages, "owner": "mara"})
    return f"deal/{name}"


async def client(world: World, pipeline: str) -> Json:
    """Give the deal of a client who agreed to advertising."""
    deal = await world.deal(pipeline=pipeline)
    await world.installation.crm.ask(
        "PUT", f"/v1/contacts/{deal['contact']}/consents/advertising", json={"state": "given"}
    )
    return deal


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  the one hash that VK takes


async def changes(world: World, platform: str, *known: str) -> list[str]:
    """Give how a platform's audience changed for somebody who is known so."""
    accepted = await world.installation.simulators.accepted(platform)
    return [change["change"] for change in accepted if all(one in str(change) for one in known)]


@pytest.mark.req("F2", "F3", "F5", "F7", "M6")
async def test_a_client_joins_by_hashes_and_leaves_with_the_deal(world: World) -> None:
    rules = (rule("google", remove_when="leave", consent="granted"), rule("vk", remove_when="success", client="77"))
    deal = await client(world, await publish(world, "ads", *rules))
    crm = world.installation.crm
    await crm.move(deal["id"], "ads")
    for key in ("google", "vk"):
        await world.rule_is(deal["id"], key, "succeeded")
    google, vk = (sha(deal["email"]), sha(deal["phone"])), (md5(deal["email"]), md5(deal["phone"][1:]))
    assert await changes(world, "google", *google) == ["add"]
    assert await changes(world, "vk", *vk) == ["add"]
    for platform in PLATFORMS:
        told = str(await world.installation.simulators.accepted(platform))
        assert not any(plain in told for plain in (deal["email"], deal["phone"][1:], "Rita"))
    await crm.move(deal["id"], "later")
    await world.until(lambda: left(world, "google", *google))
    assert await changes(world, "vk", *vk) == ["add"]
    await crm.move(deal["id"], "won")
    await world.until(lambda: left(world, "vk", *vk))
    row = await world.rule_is(deal["id"], "google", "succeeded")
    assert [effect["state"] for effect in row["effects"]] == ["sent"]
    await world.until(lambda: told_so(world, deal["id"]))


async def told_so(world: World, deal: str) -> bool:
    row = (await world.rules(deal))["google"]
    return "taken out of the audience: the item left the stage" in str(row["effects"])


async def left(world: World, platform: str, *known: str) -> bool:
    return await changes(world, platform, *known) == ["add", "remove"]


@pytest.mark.req("F6")
async def test_an_audience_that_does_not_exist_is_named_on_the_timeline(world: World) -> None:
    deal = await client(world, await publish(world, "nowhere", rule("google", "404")))
    await world.installation.crm.move(deal["id"], "ads")
    row = await world.rule_is(deal["id"], "google", "failed")
    assert "Google has no audience '404' in this account; make it there first" in str(row)


@pytest.mark.req("F7")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [(rule("yandex", consent="granted"), "has no setting 'consent'"), (rule("sms"), "is an account at twilio")],
)
async def test_settings_that_do_not_fit_the_platform_are_refused_when_published(
    world: World, wrong: Json, words: str
) -> None:
    with pytest.raises(Refused) as refused:
        await publish(world, "unfit", wrong)
    assert refused.value.answer.status_code == 422
    assert words in refused.value.answer.text


@pytest.mark.req("F4")
async def test_clients_wait_until_enough_can_go_to_yandex_and_a_rule_takes_one_out(world: World) -> None:
    rules = (rule("yandex", "55"),)
    pipeline = await publish(world, "many", *rules)
    crm = world.installation.crm
    first = await client(world, pipeline)
    await crm.move(first["id"], "ads")
    await world.until(lambda: waits(world, first["id"]))
    gate = asyncio.Semaphore(8)

    async def comes() -> None:
        async with gate:
            deal = await client(world, pipeline)
            await crm.move(deal["id"], "ads")

    await asyncio.gather(*(comes() for _ in range(ENOUGH - 1)))
    await world.rule_is(first["id"], "yandex", "succeeded")
    uploads = await world.installation.simulators.accepted("yandex")
    assert [(upload["change"], upload["segment_id"], len(upload["rows"])) for upload in uploads] == [
        ("add", "55", ENOUGH)
    ]
    assert [sha(first["email"]), sha(first["phone"][1:])] in uploads[0]["rows"]
    away = await publish(world, "away", rule("yandex", "55", do="remove-from-audience"))
    deal = await crm.create(
        "deal",
        pipeline=away,
        title="Pine shelf",
        links=[{"role": "contact", "type": "contact", "id": first["contact"]}],
        responsible="mara",
    )
    await crm.move(deal["id"], "ads")
    await world.rule_is(deal["id"], "yandex", "succeeded")
    last = (await world.installation.simulators.accepted("yandex"))[-1]
    assert (last["change"], len(last["rows"])) == ("remove", 1)


async def waits(world: World, deal: str) -> bool:
    row = (await world.rules(deal)).get("yandex")
    return bool(row) and "buffered 1/100" in str(row)
