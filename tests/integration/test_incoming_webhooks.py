"""Incoming webhooks through the whole system: mapped, moving items, repeated, late, at once, tried and replayed."""

import asyncio
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.integration.world import World

Json = dict[str, Any]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "token-of-the-erp-0123456789"
MAPPING = {
    "payload": {"event": "event", "order": "order.number"},
    "identities": {"phone": "buyer.phone"},
    "happened_at": "at",
}


def stage(key: str, event: str) -> Json:
    return {"key": key, "triggers": [{"key": key, "on": "webhook.received", "filter": {"event": event}}]}


class Erp:
    """A system outside that sends signed webhooks."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def set_up(self, **mapping: Any) -> None:
        """Give the company a pipeline that listens, and the source."""
        stages = [{"key": "new"}, stage("ordered", "ordered"), stage("shipped", "shipped"), {"key": "done"}]
        await self.world.installation.crm.publish("deal/erp", {"stages": stages})
        settings = {"check": "standard", "mapping": MAPPING | mapping}
        record = {"kind": "webhook", "token": TOKEN, "secrets": {"now": SECRET}, "settings": settings}
        await self.world.installation.crm.configure("source", "erp", record)

    async def last_refusal(self) -> int:
        """Give what an unsigned knock is answered."""
        return (await self.world.installation.gateway.http.post(f"/in/erp/{TOKEN}", json={})).status_code

    async def ready(self) -> None:
        """Wait until the gateway has heard of the source."""

        async def heard() -> bool:
            return await self.last_refusal() == 401

        await self.world.until(heard)

    async def tell(self, event: str, deal: Json, id_: str = "") -> httpx.Response:
        """Deliver an event, signed."""
        told = {"event": event, "order": {"number": 7}, "buyer": {"phone": deal["phone"]}, "at": "2026-03-02T09:30:00Z"}
        body, at, id_ = json.dumps(told), datetime.now(UTC), id_ or f"msg_{secrets.token_hex(6)}"
        signature = Webhook(SECRET).sign(id_, at, body)
        headers = {"webhook-id": id_, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
        return await self.world.installation.gateway.http.post(f"/in/erp/{TOKEN}", content=body, headers=headers)

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask the gateway about the source, as the manager."""
        bearer = {"Authorization": f"Bearer {self.world.installation.environment.tokens['user:manager']}"}
        http = self.world.installation.gateway.http
        answer = await http.request(method, f"/v1/sources/erp{path}", headers=bearer, **more)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture
async def erp(world: World) -> Erp:
    """Give a system outside whose source is heard."""
    erp = Erp(world)
    await erp.set_up()
    await erp.ready()
    return erp


@pytest.mark.req("I23", "M1")
async def test_a_webhook_moves_an_item_once_however_often_and_in_which_order_it_comes(world: World, erp: Erp) -> None:
    deal = await world.deal(pipeline="deal/erp")
    answers = await asyncio.gather(*(erp.tell("ordered", deal, "msg_ordered") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    await world.stands(deal["id"], "ordered")
    assert (await erp.tell("shipped", deal)).status_code == 200
    await world.stands(deal["id"], "shipped")
    # What was sent first arrives last, and what came already comes again.
    assert (await erp.tell("ordered", deal)).status_code == 200
    assert (await erp.tell("ordered", deal, "msg_ordered")).status_code == 200

    async def both_told() -> bool:
        lines = await world.lines(deal["id"], "not_chosen")
        return any("earlier" in line["words"] for line in lines)

    await world.until(both_told, otherwise=lambda: world.installation.crm.timeline(deal["id"]))
    assert (await world.installation.crm.item(deal["id"]))["stage"] == "shipped"
    signals = await world.lines(deal["id"], "signal")
    assert len(signals) == 3, signals


@pytest.mark.req("I23")
async def test_a_mapping_is_tried_on_what_was_kept_then_saved_and_the_delivery_replayed(world: World, erp: Erp) -> None:
    await erp.set_up(payload={"event": "kind_of_event"})
    deal = await world.deal(pipeline="deal/erp")
    id_ = f"msg_{secrets.token_hex(6)}"
    assert (await erp.tell("ordered", deal, id_)).status_code == 200
    [row] = [one for one in (await erp.ask("GET", "/deliveries"))["deliveries"] if one["delivery"] == id_]
    settings = {"check": "standard", "mapping": MAPPING}
    [told] = (await erp.ask("POST", "/try", json={"delivery": row["id"], "settings": settings}))["tells"]
    assert told["payload"]["event"] == "ordered"
    assert {"pipeline": "deal/erp", "stage": "ordered", "trigger": "ordered"} in told["triggers"]
    refused = await world.installation.crm.http.put(
        "/v1/config/source/erp",
        json={"kind": "webhook", "token": TOKEN, "settings": {"check": "token", "mapping": {"item": "a["}}},
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "settings.mapping.item")
    await erp.set_up()

    async def mapped() -> bool:
        shown = await erp.ask("GET", f"/deliveries/{row['id']}")
        return bool(shown["tells"][0]["payload"].get("event") == "ordered")

    await world.until(mapped)
    await erp.ask("POST", f"/deliveries/{row['id']}/replay", json={"as_new": True})
    await world.stands(deal["id"], "ordered")
    acts = await world.installation.crm.ask("GET", "/v1/audit", params={"subject": "source/erp"})
    assert [act["detail"]["delivery"] for act in acts["acts"] if act["operation"] == "sources.replay"] == [row["id"]]
