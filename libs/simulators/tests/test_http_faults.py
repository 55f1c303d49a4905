import asyncio
import json
import time

import httpx
import pytest
import simulators
from simulators.faults import Fault, Faults, Provider

SMS = {"To": "+79161234567", "From": "+15005550006", "Body": "Hello"}


@pytest.fixture
async def twilio(client: httpx.AsyncClient, twilio_auth: tuple[str, str]) -> httpx.AsyncClient:
    client.auth = httpx.BasicAuth(*twilio_auth)
    return client


async def test_a_refusal_names_the_wait_and_passes(
    sim: simulators.Simulation, twilio: httpx.AsyncClient, messages: str
) -> None:
    fault = {"provider": "twilio", "kind": "status", "times": 2, "code": 429, "retry_after": 3}
    assert (await twilio.post("/_control/faults", json=fault)).status_code == 201
    answers = [await twilio.post(messages, data=SMS) for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 201]
    assert (answers[0].json()["code"], answers[0].headers["retry-after"]) == (20429, "3")
    assert len(sim.twilio.accepted) == 1


@pytest.mark.parametrize(
    ("fault", "seen"),
    [({"code": 503}, 20503), ({"code": 401}, 20003), ({"code": 400, "error": 21408}, 21408)],
)
async def test_a_refusal_has_the_number_asked_for_or_the_general_one(
    sim: simulators.Simulation, twilio: httpx.AsyncClient, messages: str, fault: dict[str, int], seen: int
) -> None:
    sim.fail("twilio", "status", body="No", **fault)
    answer = await twilio.post(messages, data=SMS)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (fault["code"], seen, "No")


async def test_a_message_is_accepted_and_the_connection_cut(
    sim: simulators.Simulation, twilio: httpx.AsyncClient, messages: str
) -> None:
    sim.fail("twilio", "cut_after")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await twilio.post(messages, data=SMS)
    assert [each.to for each in sim.twilio.accepted] == [SMS["To"]]
    assert (await twilio.post(messages, data=SMS)).status_code == 201


async def test_the_connection_is_cut_and_nothing_is_accepted(
    sim: simulators.Simulation, twilio: httpx.AsyncClient, messages: str
) -> None:
    sim.fail("twilio", "cut_before")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await twilio.post(messages, data=SMS)
    assert not sim.twilio.accepted


async def test_a_cut_sends_not_one_byte(
    sim: simulators.Simulation, twilio: httpx.AsyncClient, twilio_auth: tuple[str, str], messages: str
) -> None:
    sim.fail("twilio", "cut_after")
    request = twilio.build_request("POST", messages, data=SMS)
    request = next(httpx.BasicAuth(*twilio_auth).auth_flow(request))
    head = f"POST {messages} HTTP/1.1\r\n".encode()
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in request.headers.raw)
    host, port = sim.http.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head + lines + b"\r\n" + request.content)
    assert await reader.read() == b""
    writer.close()
    assert len(sim.twilio.accepted) == 1


async def test_a_stalled_answer_comes_after_the_client_has_given_up(
    sim: simulators.Simulation, twilio: httpx.AsyncClient, messages: str
) -> None:
    sim.fail("twilio", "stall", seconds=5)
    with pytest.raises(httpx.ReadTimeout):
        await twilio.post(messages, data=SMS, timeout=httpx.Timeout(60, read=0.2))
    assert len(await sim.twilio.accepted.wait(1, timeout=60)) == 1


async def test_a_short_stall_only_delays(sim: simulators.Simulation, twilio: httpx.AsyncClient, messages: str) -> None:
    sim.fail("twilio", "stall", seconds=0.2)
    begun = time.monotonic()
    assert (await twilio.post(messages, data=SMS)).status_code == 201
    assert time.monotonic() - begun >= 0.2


async def test_garbage_cannot_be_read_but_the_message_went(
    sim: simulators.Simulation, twilio: httpx.AsyncClient, messages: str
) -> None:
    sim.fail("twilio", "garbage")
    answer = await twilio.post(messages, data=SMS)
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        answer.json()
    assert len(sim.twilio.accepted) == 1


@pytest.mark.parametrize(
    ("provider", "method", "path"),
    [("meta", "POST", "/v26.0/1/users"), ("stripe", "GET", "/v1/payment_intents/pi_0")],
)
async def test_the_other_http_ends_are_cut_as_well(
    sim: simulators.Simulation, client: httpx.AsyncClient, provider: Provider, method: str, path: str
) -> None:
    secret = sim.settings.meta_access_token if provider == "meta" else sim.settings.stripe_api_key
    sim.fail(provider, "cut_before")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.request(method, path, headers={"Authorization": f"Bearer {secret.get_secret_value()}"})


async def test_faults_are_listed_and_forgotten(client: httpx.AsyncClient) -> None:
    for provider in ("twilio", "meta"):
        await client.post("/_control/faults", json={"provider": provider, "kind": "garbage", "times": 4})
    await client.delete("/_control/faults", params={"provider": "twilio"})
    assert [each["provider"] for each in (await client.get("/_control/faults")).json()] == ["meta"]
    await client.delete("/_control/faults")
    assert (await client.get("/_control/faults")).json() == []


@pytest.mark.parametrize("wrong", [{"kind": "explode"}, {"times": 0}, {"code": 200}, {"colour": "red"}])
async def test_a_fault_that_makes_no_sense_is_refused(client: httpx.AsyncClient, wrong: dict[str, object]) -> None:
    answer = await client.post("/_control/faults", json={"provider": "twilio", "kind": "status"} | wrong)
    assert answer.status_code == 422


def test_faults_are_spent_in_order_and_ok_lets_one_pass() -> None:
    faults = Faults()
    faults.add(Fault(provider="twilio", kind="ok"))
    faults.add(Fault(provider="twilio", kind="garbage", times=2))
    kinds = [fault.kind if fault else None for fault in (faults.take("twilio") for _ in range(4))]
    assert kinds == ["ok", "garbage", "garbage", None]


def test_a_fault_for_one_recipient_waits_for_it() -> None:
    faults = Faults()
    faults.add(Fault(provider="twilio", kind="garbage", to="+7"))
    assert faults.take("twilio", "+1") is None
    assert faults.take("meta", "+7") is None
    assert faults.waiting()[0].times == 1
    assert faults.take("twilio", "+7") is not None
    assert faults.waiting() == []
