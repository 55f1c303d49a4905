import asyncio
from pathlib import Path

import httpx
import pytest
import simulators
from simulators.settings import Settings

SMS = {"To": "+79161234567", "From": "+15005550006", "Body": "Hello", "StatusCallback": "https://us.example/?effect=e1"}


async def send(client: httpx.AsyncClient, sim: simulators.Simulation) -> None:
    account, token = sim.settings.twilio_account_sid, sim.settings.twilio_auth_token.get_secret_value()
    url = f"{sim.http}/2010-04-01/Accounts/{account}/Messages.json"
    (await client.post(url, data=SMS, auth=(account, token))).raise_for_status()


async def test_accepted_things_are_listed_by_provider_and_forgotten(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    await send(client, sim)
    listed = (await client.get("/_control/accepted", params={"provider": "twilio"})).json()
    assert [each["status_callback"] for each in listed] == [SMS["StatusCallback"]]
    assert listed[0]["received_at"].endswith("Z")
    assert (await client.get("/_control/accepted")).json() == listed
    assert (await client.get("/_control/accepted", params={"provider": "smtp"})).json() == []
    await client.delete("/_control/accepted", params={"provider": "meta"})
    assert len(sim.twilio.accepted) == 1
    await client.delete("/_control/accepted")
    assert (await client.get("/_control/accepted")).json() == []


async def test_who_waits_is_answered_when_the_last_one_comes(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    query = {"provider": "twilio", "count": "2", "timeout": "60"}
    waiting = asyncio.create_task(client.get("/_control/wait", params=query))
    await send(client, sim)
    assert not waiting.done()
    await send(client, sim)
    answer = await waiting
    assert (answer.status_code, len(answer.json())) == (200, 2)


async def test_who_waits_too_long_is_told_what_there_is(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    await send(client, sim)
    answer = await client.get("/_control/wait", params={"provider": "twilio", "count": 2, "timeout": 0.05})
    assert (answer.status_code, len(answer.json())) == (504, 1)
    with pytest.raises(TimeoutError):
        await sim.twilio.accepted.wait(2, timeout=0.05)


async def test_the_journal_brings_back_what_an_earlier_run_accepted(tmp_path: Path) -> None:
    settings = Settings(http_port=0, smtp_port=0, journal=tmp_path / "accepted.jsonl")
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        async with simulators.running(settings) as sim:
            await send(client, sim)
            sim.clear()
            await send(client, sim)
            kept = sim.twilio.accepted[0]
        async with simulators.running(settings) as sim:
            assert list(sim.twilio.accepted) == [kept]
            assert list(sim.mail.accepted) == []
