import asyncio
import json
from typing import Any

import httpx
import pytest
import simulators
import stripe
from simulators.receiver import Receiver

SECRET = "whsec_test"


def order(receiver: Receiver, **over: Any) -> dict[str, Any]:
    return {
        "metadata": {"invoice": "инв-7"},
        "amount": 4_990_000,
        "currency": "rub",
        "deliver_to": f"{receiver.base}/stripe",
        "secret": SECRET,
    } | over


async def test_the_vendors_library_accepts_the_event(
    sim: simulators.Simulation, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    paid = (await client.post("/_control/stripe/pay", json=order(receiver))).json()
    assert paid["statuses"] == [200]
    got = receiver.got[0]
    event = stripe.Webhook.construct_event(got.body, got.headers["stripe-signature"], SECRET)
    assert (event.id, event.type, event.livemode) == (paid["event_id"], "payment_intent.succeeded", False)
    intent = event.data.object
    assert (intent["id"], intent["amount"], intent["currency"]) == (paid["payment_id"], 4_990_000, "rub")
    assert intent["metadata"]["invoice"] == "инв-7"
    assert sim.stripe.accepted[0].event == got.body


async def test_the_vendors_library_refuses_another_secret_and_another_body(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await client.post("/_control/stripe/pay", json=order(receiver))
    got = receiver.got[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(got.body, got.headers["stripe-signature"], "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(got.body + b" ", got.headers["stripe-signature"], SECRET)


async def test_an_event_delivered_thrice_has_one_id_and_the_same_bytes(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.statuses = [500, 200, 409]
    sent = order(receiver, times=3, fresh_timestamps=False)
    assert (await client.post("/_control/stripe/pay", json=sent)).json()["statuses"] == [500, 200, 409]
    assert len({got.body for got in receiver.got}) == 1
    assert len({got.headers["stripe-signature"] for got in receiver.got}) == 1


async def test_an_event_can_be_delivered_again_later(client: httpx.AsyncClient, receiver: Receiver) -> None:
    paid = (await client.post("/_control/stripe/pay", json=order(receiver, times=0))).json()
    assert paid["statuses"] == []
    again = {"event_id": paid["event_id"], "deliver_to": receiver.base, "secret": SECRET}
    assert (await client.post("/_control/stripe/redeliver", json=again)).json() == paid | {"statuses": [200]}
    missing = await client.post("/_control/stripe/redeliver", json=again | {"event_id": "evt_0"})
    assert missing.status_code == 404


async def test_a_checkout_session_names_its_payment(client: httpx.AsyncClient, receiver: Receiver) -> None:
    sent = order(receiver, event_type="checkout.session.completed")
    paid = (await client.post("/_control/stripe/pay", json=sent)).json()
    session = json.loads(receiver.got[0].body)["data"]["object"]
    assert (session["payment_intent"], session["amount_total"]) == (paid["payment_id"], 4_990_000)
    assert (session["payment_status"], session["metadata"]) == ("paid", {"invoice": "инв-7"})


async def test_a_receiver_that_is_away_is_told(client: httpx.AsyncClient, receiver: Receiver) -> None:
    sent = order(receiver, deliver_to="http://127.0.0.1:9/stripe", times=2)
    assert (await client.post("/_control/stripe/pay", json=sent)).json()["statuses"] == [None, None]


@pytest.mark.parametrize("over", [{"amount": 49.9}, {"amount": 0}, {"currency": "RUB"}, {"colour": "red"}])
async def test_a_payment_that_stripe_could_not_have_is_refused(
    sim: simulators.Simulation, client: httpx.AsyncClient, receiver: Receiver, over: dict[str, Any]
) -> None:
    assert (await client.post("/_control/stripe/pay", json=order(receiver, **over))).status_code == 422
    assert not sim.stripe.accepted


async def test_the_vendors_client_reads_a_payment(
    sim: simulators.Simulation, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    paid = (await client.post("/_control/stripe/pay", json=order(receiver, times=0))).json()
    key = sim.settings.stripe_api_key.get_secret_value()
    sdk = stripe.StripeClient(key, base_addresses={"api": sim.http}, http_client=stripe.RequestsClient())
    intent = await asyncio.to_thread(sdk.v1.payment_intents.retrieve, paid["payment_id"])
    assert (intent.status, intent.amount) == ("succeeded", 4_990_000)
    with pytest.raises(stripe.InvalidRequestError):
        await asyncio.to_thread(sdk.v1.payment_intents.retrieve, "pi_0")
    wrong = await client.get(f"/v1/payment_intents/{paid['payment_id']}", headers={"Authorization": "Bearer no"})
    assert wrong.status_code == 401
