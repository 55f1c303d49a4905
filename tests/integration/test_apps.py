"""Third-party apps and webhooks on the live system: rules call them, answers feed later rules, events move items."""

import base64
import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from chassis.standard_webhooks import new_secret
from simulators.app import manifest, tell
from standardwebhooks import Webhook

from tests.integration.pipelines import rule
from tests.integration.world import World

Json = dict[str, Any]
AFTER = {"after_previous": "0 minutes"}


async def publish(world: World, name: str, *rules: Json, triggers: Any = ()) -> str:
    stages = [{"key": "new", "rules": list(rules)}, {"key": "scored", "triggers": list(triggers)}]
    await world.installation.crm.publish(name, {"stages": stages, "owner": "mara"})
    return name


@pytest.fixture(scope="module")
async def acme(world: World) -> Json:
    """Install the app, and enter its secret there."""
    up = world.installation
    told = manifest(f"{up.simulators.inside_url}/app")
    installed: Json = await up.crm.ask("PUT", "/v1/apps/acme", json=told)
    await up.simulators.ask("PUT", "/app/secret", json={"secret": installed["secret"]})
    return installed


async def calls(world: World, item: str) -> list[Json]:
    return [call for call in await world.installation.simulators.accepted("app") if call["item"] == item]


@pytest.mark.req("G3", "C7")
async def test_a_rule_of_an_installed_app_runs_and_its_result_feeds_a_later_rule(world: World, acme: Json) -> None:
    score = {"app:acme/score": {"inputs": {"client": "{{ contact.name }}", "amount": "{{ item.amount }}"}}}
    high = {"field": "results.score.score", "greater": 50}
    pipeline = await publish(
        world,
        "deal/scored",
        rule("score", score),
        rule(
            "note",
            {"change-item": {"fields": {"wish": "{{ results.score.level }} {{ results.score.score }}"}}},
            timing=AFTER,
            when=high,
        ),
    )
    await world.installation.simulators.fail("app", "cut_after")
    deal = await world.deal(pipeline=pipeline, amount="90.00 EUR")
    await world.rule_is(deal["id"], "note", "succeeded")
    assert (await world.installation.crm.item(deal["id"]))["fields"]["wish"].startswith("high 1")
    # The first call's answer was lost; the app knew the second one by its id.
    [call] = await calls(world, deal["id"])
    assert call["inputs"] == {"client": "Rita Silva", "amount": "90.00 EUR"}
    assert acme["manifest"]["publisher"] == "Acme Lda"


@pytest.mark.req("G3")
async def test_an_answer_that_comes_later_ends_the_wait_and_counts_once(world: World, acme: Json) -> None:
    crm = world.installation.crm
    pipeline = await publish(
        world,
        "deal/inspected",
        rule("look", {"app:acme/inspect": {"inputs": {"client": "{{ contact.name }}"}}}),
        rule("note", {"change-item": {"fields": {"wish": "{{ results.look.verdict }}"}}}, timing=AFTER),
    )
    deal = await world.deal(pipeline=pipeline)

    async def waits() -> Json | None:
        row = (await world.rules(deal["id"])).get("look")
        return row if row and [one["state"] for one in row["effects"]] == ["awaited"] else None

    row = await world.until(waits)
    assert (row["state"], row["effects"][0]["reason"]) == ("dispatched", "the app took it, and answers later")
    [call] = await calls(world, deal["id"])
    path = urlsplit(call["answer_to"]).path
    gateway = world.installation.gateway.http
    done = {"outcome": "done", "results": {"verdict": "sound"}}
    assert (await gateway.post(path, json={"outcome": "done"})).status_code == 422
    assert (await gateway.post(path, json=done)).status_code == 200
    await world.rule_is(deal["id"], "note", "succeeded")
    assert (await gateway.post(path, json=done)).status_code == 200
    assert (await gateway.post(path, json={"outcome": "failed", "reason": "rotten"})).status_code == 409
    assert (await crm.item(deal["id"]))["fields"]["wish"] == "sound"
    assert (await world.rules(deal["id"]))["look"]["state"] == "succeeded"
    assert acme["secrets"] == ["secret"]


@pytest.mark.req("G4", "I24")
async def test_an_event_of_an_app_moves_the_item_that_it_names_or_that_of_the_client(world: World, acme: Json) -> None:
    up = world.installation
    wanted = {"app": "acme", "event": "scored"}
    high = {"field": "signal.score", "greater": 50}
    trigger = {"key": "scored", "on": "app.called", "filter": wanted, "when": high}
    pipeline = await publish(world, "deal/events", triggers=[trigger])
    named, found, low = [await world.deal(pipeline=pipeline) for _ in range(3)]
    to = urlsplit(acme["events"]).path
    async with httpx.AsyncClient(base_url=up.gateway.url, timeout=60, trust_env=False) as app:
        whom = ({"item": named["id"]}, {"phone": found["phone"]}, {"item": low["id"]})
        for about, score in zip(whom, (80, 90, 10), strict=True):
            event = {"id": str(uuid4()), "event": "scored", "payload": {"client": "Rita", "score": score}, **about}
            secret = acme["secret"]
            answer = await tell(app, to, secret, event)
            assert answer.status_code == 200, answer.text
            assert (await tell(app, to, secret, event)).json() == answer.json()

    async def moved(item: str) -> bool:
        return str((await up.crm.item(item))["stage"]) == "scored"

    for deal in (named, found):
        await world.until(lambda deal=deal: moved(deal["id"]))  # type: ignore[misc]
    assert not await moved(low["id"])


@pytest.mark.req("G1")
async def test_a_signed_webhook_goes_out_once_for_its_receiver_and_its_answer_is_read(world: World) -> None:
    up = world.installation
    secret, path = new_secret(), f"orders/{secrets.token_hex(4)}"
    account = {"provider": "webhook", "settings": {"base_url": f"{up.simulators.inside_url}/web", "deduplicates": True}}
    await up.crm.configure("connection", "shop-hooks", {**account, "secrets": {"secret": secret}})
    send = {
        "connection": "shop-hooks",
        "method": "PUT",
        "url": path,
        "body": {"deal": "{{ item.id }}", "client": {"name": "{{ contact.name }}"}},
        "read": {"name": "body.client.name"},
    }
    pipeline = await publish(
        world,
        "deal/hooks",
        rule("send", {"send-webhook": send}),
        rule(
            "note",
            {"change-item": {"fields": {"wish": "{{ results.send.status }} {{ results.send.name }}"}}},
            timing=AFTER,
        ),
    )
    await up.simulators.fail("web", "cut_after", to=path)
    deal = await world.deal(pipeline=pipeline)
    await world.rule_is(deal["id"], "note", "succeeded")
    assert (await up.crm.item(deal["id"]))["fields"]["wish"] == "200 Rita Silva"
    first, second = [asked for asked in await up.simulators.accepted("web") if asked["path"] == path]
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]
    for asked in (first, second):
        assert Webhook(secret).verify(base64.b64decode(asked["raw"]), asked["headers"])["deal"] == deal["id"]
