"""Connections that are tried: who may, how often, what travels to the workers, and what is told of their answers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.outbox import About, Outbox
from chassis.secrets import Sealer
from chassis.testing import eventually
from contracts import topics
from contracts.tries import ConnectionTried, TryConnection

PATH = "/v1/connections/sms/try"
SMS = {
    "provider": "twilio",
    "settings": {"account_sid": "AC1", "from": "+15005550006"},
    "secrets": {"auth_token": "the-token"},
}


@pytest.fixture
async def desk(started: Any, deployment: Any) -> Any:
    """Give a crm-api that hears what workers tell."""
    await deployment.topics(topics.ACTIONS["sms"])
    crm = await started("timeline")
    assert (await crm.ann.put("/v1/config/connection/sms", json=SMS)).status_code == 200
    return crm


async def asked(crm: Any, number: int = 1) -> TryConnection:
    """Give a question that was asked, by its number."""

    async def look() -> list[TryConnection] | None:
        found: list[TryConnection] = await crm.deployment.data(topics.ACTIONS["sms"], TryConnection)
        return found if len(found) >= number else None

    return (await eventually(look))[number - 1]


async def answers(crm: Any, one: TryConnection, words: str, outcome: Any = "works") -> None:
    """Answer as the workers do."""
    at = datetime.now(UTC)
    told = ConnectionTried(
        id=one.id, connection="sms", outcome=outcome, words=words, account={"name": "Furniture shop"}, at=at
    )
    cause = (await crm.deployment.seen(topics.ACTIONS["sms"]))[0].envelope.cause
    outbox = Outbox(crm.deployment.kafka, "/action-workers")
    await crm.deployment.send(outbox.message(topics.TRIES, "sms", told, About(at, cause)))


@pytest.mark.req("M5")
async def test_a_person_waits_for_the_answer_of_a_worker_and_no_secret_travels(desk: Any) -> None:
    waiting = asyncio.create_task(desk.ann.post(f"{PATH}?wait=20"))
    one = await asked(desk)
    [record] = await desk.fetch("SELECT revision FROM config WHERE kind = 'connection'")
    assert (one.connection, one.draft, one.config) == ("sms", None, record["revision"])
    await answers(desk, one, "Twilio knows the account 'Furniture shop', which is active")
    answer = await waiting
    told = answer.json()
    assert (answer.status_code, told["outcome"], told["account"]) == (200, "works", {"name": "Furniture shop"})
    assert (told["asked_by"], told["draft"]) == ("user:ann", False)
    [row] = await desk.fetch("SELECT subject, detail FROM audit WHERE operation = 'connections.try'")
    assert (row["subject"], row["detail"]["attempt"]) == ("connection/sms", told["id"])
    [sent] = await desk.deployment.seen(topics.ACTIONS["sms"])
    assert "the-token" not in str(sent) + str(row)


async def test_who_does_not_wait_looks_later_and_the_first_answer_counts(desk: Any) -> None:
    begun = await desk.ann.post(f"{PATH}?wait=0")
    where = begun.headers["Location"]
    assert (begun.status_code, begun.json()["outcome"]) == (202, "asked")
    assert "'sms' are asked" in begun.json()["words"]
    one = await asked(desk)
    await answers(desk, one, "the server refused user 'x'", outcome="refused")
    await answers(desk, one, "another word")

    async def look() -> dict[str, Any] | None:
        told: dict[str, Any] = (await desk.ann.get(where)).json()
        return None if told["outcome"] == "asked" else told

    told = await eventually(look)
    assert (told["outcome"], told["words"]) == ("refused", "the server refused user 'x'")
    assert told["answered_at"]
    assert (await desk.ann.get(where.replace("sms", "mail"))).status_code == 404


@pytest.mark.req("M5")
async def test_a_draft_is_tried_sealed_and_with_secrets_that_are_kept(desk: Any) -> None:
    draft = {**SMS, "settings": {"account_sid": "AC2", "from": "Shop"}, "secrets": {"auth_token": {"set": True}}}
    assert (await desk.ann.post(f"{PATH}?wait=0", json=draft)).json()["draft"] is True
    one = await asked(desk)
    assert one.draft
    sealer = Sealer(desk.process.settings.secret_key)
    assert (one.draft.settings["account_sid"], one.config) == ("AC2", 0)
    assert sealer.open(one.draft.secrets["auth_token"], "connection/sms/auth_token") == "the-token"
    fresh = {**SMS, "secrets": {"auth_token": "another-token"}}
    assert (await desk.ann.post("/v1/connections/new/try?wait=0", json=fresh)).status_code == 202
    [row] = await desk.fetch("SELECT count(*) AS kept FROM config WHERE kind = 'connection'")
    assert row["kept"] == 1
    sent = await asked(desk, 2)
    assert sent.draft
    assert sealer.open(sent.draft.secrets["auth_token"], "connection/new/auth_token") == "another-token"
    assert "another-token" not in str(await desk.deployment.seen(topics.ACTIONS["sms"]))


async def test_what_cannot_be_tried_is_said_at_once(desk: Any) -> None:
    assert (await desk.ann.post("/v1/connections/none/try")).status_code == 404
    strange = await desk.ann.post("/v1/connections/x/try", json={"provider": "pigeon"})
    assert (strange.status_code, strange.json()["outcome"]) == (200, "refused")
    assert "no worker knows the provider 'pigeon'; use one of: google, meta" in strange.json()["words"]
    unset = await desk.ann.post("/v1/connections/x/try", json={"provider": "twilio", "secrets": {"t": {"set": True}}})
    assert (unset.status_code, unset.json()["errors"][0]["field"]) == (422, "secrets.t")
    webhook = {"provider": "webhook", "secrets": {"secret": "short"}}
    assert (await desk.ann.post("/v1/connections/x/try", json=webhook)).status_code == 422


async def test_whoever_clicks_too_often_is_told_when_to_come_back(desk: Any) -> None:
    clicks = await asyncio.gather(*(desk.ann.post(f"{PATH}?wait=0") for _ in range(8)))
    assert sorted(one.status_code for one in clicks) == [202] * 5 + [429] * 3
    refused = next(one for one in clicks if one.status_code == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "at most 5 tries of a connection in a minute" in refused.json()["detail"]
    others = [await desk.ann.post(f"/v1/connections/c{n}/try?wait=0", json=SMS) for n in range(16)]
    assert [one.status_code for one in others] == [202] * 15 + [429]
    await desk.fetch("UPDATE connection_try SET asked_at = asked_at - interval '8 days' RETURNING 1")
    assert (await desk.ann.post(f"{PATH}?wait=0")).status_code == 202
    [left] = await desk.fetch("SELECT count(*) AS n FROM connection_try WHERE connection = 'sms'")
    assert left["n"] == 1


async def test_where_no_worker_runs_that_is_said(desk: Any) -> None:
    where = (await desk.ann.post(f"{PATH}?wait=0")).headers["Location"]
    await desk.fetch("UPDATE connection_try SET expires_at = $1 RETURNING 1", datetime.now(UTC) - timedelta(seconds=1))
    told = (await desk.ann.get(where)).json()
    assert told["outcome"] == "unavailable"
    assert told["words"].startswith("no worker of the kind 'sms' answered within 30 seconds")
