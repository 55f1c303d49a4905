"""Each end that is spoken to over HTTP fails in every way that it is asked to, for so many requests and no more."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import simulators
from simulators.faults import AFTER_DATA, AT_RECIPIENT, Fault, Faults, Kind, Provider
from standardwebhooks import Webhook

HASH = hashlib.sha256(b"ana@example.com").hexdigest()
TO = "+351912345678"
Simulation = simulators.Simulation
Ask = Callable[[Simulation, httpx.AsyncClient], Awaitable[httpx.Response]]


def bearer(token: Any, scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {token.get_secret_value()}"}


async def twilio(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    sid, token = sim.settings.twilio_account_sid, sim.settings.twilio_auth_token.get_secret_value()
    form = {"To": TO, "From": "+15005550006", "Body": "Hello"}
    return await http.post(f"/2010-04-01/Accounts/{sid}/Messages.json", data=form, auth=(sid, token))


async def calls(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    sid, token = sim.settings.twilio_account_sid, sim.settings.twilio_auth_token.get_secret_value()
    form = {"To": TO, "From": "+15005550006", "Twiml": "<Response/>"}
    return await http.post(f"/2010-04-01/Accounts/{sid}/Calls.json", data=form, auth=(sid, token))


async def telegram(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    token = sim.settings.telegram_bot_token.get_secret_value()
    return await http.post(f"/bot{token}/sendMessage", json={"chat_id": 7, "text": "Hello"})


async def meta(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    payload = {"schema": ["EMAIL"], "data": [[HASH]]}
    return await http.post("/v26.0/1/users", json={"payload": payload}, headers=bearer(sim.settings.meta_access_token))


async def google(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    account = {"accountType": "GOOGLE_ADS", "accountId": "1234567890"}
    body = {
        "destinations": [{"operatingAccount": account, "productDestinationId": "238"}],
        "audienceMembers": [{"userData": {"userIdentifiers": [{"emailAddress": HASH}]}}],
        "encoding": "HEX",
    }
    return await http.post("/v1/audienceMembers:ingest", json=body, headers=bearer(sim.settings.google_access_token))


async def vk(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    token = sim.settings.vk_access_token.get_secret_value()
    form = {"access_token": token, "v": "5.199", "account_id": "1", "target_group_id": "238", "contacts": TO[1:]}
    return await http.post("/method/ads.importTargetContacts", data=form)


async def yandex(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    return await http.post(
        "/v1/management/segment/55/modify_data",
        params={"modification_type": "addition", "check_size": "false"},
        files={"file": ("people.csv", f"email\n{HASH}\n")},
        headers=bearer(sim.settings.yandex_access_token, "OAuth"),
    )


async def web(_: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    return await http.post("/web/prices", json={"title": "Oak"})


async def app(sim: Simulation, http: httpx.AsyncClient) -> httpx.Response:
    call = {"id": f"c-{len(sim.app.accepted)}", "action": "score", "attempt": 1, "item": "i"}
    body, at = json.dumps({**call, "inputs": {"client": "Ana Silva"}}), datetime.now(UTC)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp()))}
    signature = Webhook(sim.app.secret).sign("msg_1", at, body)
    return await http.post("/app", content=body, headers={**headers, "webhook-signature": signature})


# Each end, how it is asked for something that it takes, and to whom its faults may be addressed.
ENDS: dict[Provider, tuple[Ask, str]] = {
    "twilio": (twilio, TO),
    "twilio-voice": (calls, TO),
    "telegram": (telegram, "7"),
    "meta": (meta, "1"),
    "google": (google, "238"),
    "vk": (vk, "238"),
    "yandex": (yandex, "55"),
    "web": (web, "prices"),
    "app": (app, "score"),
}


@pytest.fixture(params=ENDS)
def end(request: pytest.FixtureRequest) -> Provider:
    provider: Provider = request.param
    return provider


async def test_an_end_takes_what_it_is_asked_when_no_fault_waits(
    sim: Simulation, client: httpx.AsyncClient, end: Provider
) -> None:
    answer = await ENDS[end][0](sim, client)
    assert answer.is_success, answer.text
    assert (len(sim.records[end]), sum(map(len, sim.records.values()))) == (1, 1)


async def test_an_end_refuses_as_often_as_it_is_asked_to_with_the_status_and_the_wait(
    sim: Simulation, client: httpx.AsyncClient, end: Provider
) -> None:
    ask, to = ENDS[end]
    sim.fail(end, "status", times=2, code=429, retry_after=4, to=to)
    answers = [await ask(sim, client) for _ in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [429, 429]
    assert answers[2].is_success
    waits = answers[0].headers.get("retry-after") or str(answers[0].json()["parameters"]["retry_after"])
    assert waits == "4"
    assert len(sim.records[end]) == 1


async def test_a_refusal_of_which_nothing_is_said_is_a_503_that_is_over_at_the_next_request(
    sim: Simulation, client: httpx.AsyncClient, end: Provider
) -> None:
    sim.fail(end, "status")
    answers = [await ENDS[end][0](sim, client) for _ in range(2)]
    assert (answers[0].status_code, answers[1].is_success) == (503, True)


@pytest.mark.parametrize(("kind", "accepted"), [("cut_before", 0), ("cut_after", 1)])
async def test_an_end_cuts_the_connection_before_or_after_it_has_taken_what_was_asked(
    sim: Simulation, client: httpx.AsyncClient, end: Provider, kind: Kind, accepted: int
) -> None:
    sim.fail(end, kind)
    with pytest.raises(httpx.RemoteProtocolError):
        await ENDS[end][0](sim, client)
    assert len(sim.records[end]) == accepted
    assert (await ENDS[end][0](sim, client)).is_success


async def test_an_end_answers_what_nobody_can_read_and_has_taken_it(
    sim: Simulation, client: httpx.AsyncClient, end: Provider
) -> None:
    sim.fail(end, "garbage")
    answer = await ENDS[end][0](sim, client)
    assert answer.is_success
    with pytest.raises(ValueError, match=r"decode|Expecting"):
        answer.json()
    assert len(sim.records[end]) == 1


async def test_a_fault_for_somebody_else_waits(sim: Simulation, client: httpx.AsyncClient, end: Provider) -> None:
    sim.fail(end, "cut_before", to="somebody else")
    assert (await ENDS[end][0](sim, client)).is_success
    assert [fault.to for fault in sim.faults.waiting()] == ["somebody else"]


async def test_a_fault_of_one_end_is_none_of_the_others(sim: Simulation, client: httpx.AsyncClient) -> None:
    sim.fail("smtp", "cut_before")
    for ask, _ in ENDS.values():
        assert (await ask(sim, client)).is_success
    assert len(sim.faults.waiting()) == 1


async def test_what_is_cleared_is_as_at_the_beginning(sim: Simulation, client: httpx.AsyncClient) -> None:
    sim.fail("twilio", "garbage", times=9)
    sim.twilio.opted_out.add(TO)
    sim.telegram.blocked.add(7)
    sim.telegram.gone.add(7)
    sim.telegram.moved[7] = -1007
    sim.twilio.status = "suspended"
    sim.google.outcome = {"requestStatus": "FAILED"}
    sim.app.careless.add("signature")
    await web(sim, client)
    sim.clear()
    for ask, _ in ENDS.values():
        assert (await ask(sim, client)).is_success
    assert {len(records) for provider, records in sim.records.items() if provider in ENDS} == {1}
    assert (sim.twilio.status, sim.google.outcome) == ("active", {"requestStatus": "SUCCESS"})


def test_the_oldest_fault_for_a_recipient_holds_those_behind_it_back_until_its_moment_comes() -> None:
    faults = Faults()
    faults.add(Fault(provider="smtp", kind="cut_after", to="a@shop.test"))
    faults.add(Fault(provider="smtp", kind="status"))
    assert faults.take("smtp", "a@shop.test", AT_RECIPIENT) is None
    assert getattr(faults.take("smtp", "b@shop.test", AT_RECIPIENT), "kind", None) == "status"
    assert getattr(faults.take("smtp", "a@shop.test", AFTER_DATA), "kind", None) == "cut_after"
    assert faults.waiting() == []


def test_what_is_left_of_a_fault_is_told_and_only_one_end_is_healed() -> None:
    faults = Faults()
    for provider in ("twilio", "meta"):
        faults.add(Fault.model_validate({"provider": provider, "kind": "garbage", "times": 3}))
    faults.take("twilio")
    assert [(fault.provider, fault.times) for fault in faults.waiting()] == [("twilio", 2), ("meta", 3)]
    faults.clear("twilio")
    assert [fault.provider for fault in faults.waiting()] == ["meta"]
    faults.clear()
    assert faults.waiting() == []
