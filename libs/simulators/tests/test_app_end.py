"""The third-party app: what it takes, what it answers, and what it refuses."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import simulators
from simulators.app import manifest, tell
from simulators.receiver import Receiver
from standardwebhooks import Webhook


async def call(client: httpx.AsyncClient, secret: str, **told: Any) -> httpx.Response:
    inputs = {"client": "Ana Silva"}
    body = json.dumps({"id": "c-1", "action": "score", "attempt": 1, "item": "i", "inputs": inputs, **told})
    at = datetime.now(UTC)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp()))}
    signature = Webhook(secret).sign("msg_1", at, body)
    return await client.post("/app", content=body, headers={**headers, "webhook-signature": signature})


async def test_a_call_is_done_once_and_answered_alike(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    first, again = [await call(client, sim.app.secret) for _ in range(2)]
    assert first.json() == again.json()
    assert (first.json()["outcome"], first.json()["results"]["level"]) == ("done", "high")
    other = await call(client, sim.app.secret, id="c-2", inputs={"client": "nobody"})
    assert other.json() == {"outcome": "failed", "reason": "there is no such client"}
    assert [one.id for one in sim.app.accepted] == ["c-1", "c-2"]


async def test_what_is_not_signed_or_not_asked_well_is_refused(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    told = [
        await call(client, "whsec_" + "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmc="),
        await client.post("/app", json={}),
        await call(client, sim.app.secret, action="other"),
        await call(client, sim.app.secret, inputs={}),
    ]
    assert [answer.status_code for answer in told] == [401, 401, 404, 422]
    assert not sim.app.accepted
    sim.fail("app", "status", code=429, retry_after=2)
    assert (await call(client, sim.app.secret)).headers["retry-after"] == "2"


async def test_the_secret_is_the_one_that_was_entered(client: httpx.AsyncClient) -> None:
    secret = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    assert (await client.put("/app/secret", json={"secret": secret})).status_code == 204
    assert (await call(client, secret)).status_code == 200


async def test_an_event_is_signed_as_receivers_check_it(sim: simulators.Simulation, receiver: Receiver) -> None:
    async with httpx.AsyncClient() as http:
        await tell(http, f"{receiver.base}/in", sim.app.secret, {"id": "e-1", "event": "scored"})
    [got] = receiver.got
    assert Webhook(sim.app.secret).verify(got.body, got.headers) == {"id": "e-1", "event": "scored"}
    assert manifest("https://a.example")["address"] == "https://a.example"
