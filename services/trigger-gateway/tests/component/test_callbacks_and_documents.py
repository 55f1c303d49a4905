"""Twilio's status callbacks, and documents that clients open."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from chassis.http import serve
from chassis.testing import eventually, running_tasks
from contracts import topics
from contracts.actions import ProviderCallback
from contracts.config import ConfigChanged
from stack.ports import free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

DOCUMENT, ITEM, EFFECT = uuid4(), uuid4(), uuid4()
ADDRESS = f"/callbacks/twilio/sms?effect={EFFECT}&item={ITEM}"
DELIVERED = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+351912345678", "ErrorCode": ""}


async def call_back(
    door: Any, fields: dict[str, str], address: str = ADDRESS, *, token: str = "", host: str = ""
) -> httpx.Response:
    signature = RequestValidator(token or door.auth_token).compute_signature(
        (host or door.public_url) + address, fields
    )
    answer: httpx.Response = await door.http.post(address, data=fields, headers={"X-Twilio-Signature": signature})
    return answer


async def test_a_status_goes_to_the_ledger_by_the_items_key(door: Any) -> None:
    answer = await call_back(door, DELIVERED)
    assert (answer.status_code, answer.content) == (204, b"")
    [callback] = await eventually(lambda: door.deployment.data(topics.ACTIONS["sms"], ProviderCallback))
    assert (callback.effect, callback.state, callback.reference) == (EFFECT, "confirmed", "SM1")
    [seen] = await door.deployment.seen(topics.ACTIONS["sms"])
    assert seen.key == str(ITEM)


async def test_a_status_on_the_way_is_answered_and_goes_nowhere(door: Any) -> None:
    assert (await call_back(door, {**DELIVERED, "MessageStatus": "queued"})).status_code == 204
    assert await door.rows("SELECT seq FROM outbox") == []
    assert await door.deployment.seen(topics.ACTIONS["sms"]) == []


async def test_a_callback_that_twilio_did_not_sign_is_the_same_401_whatever_is_wrong(door: Any) -> None:
    wrong = [
        await call_back(door, DELIVERED, token="another-token"),
        await call_back(door, DELIVERED, host="https://evil.example"),
        await door.http.post(ADDRESS, data=DELIVERED),
        await door.http.post(ADDRESS, data=DELIVERED, headers={"X-Twilio-Signature": "x"}),
    ]
    assert {answer.status_code for answer in wrong} == {401}
    assert len({answer.content for answer in wrong}) == 1
    assert await door.deployment.seen(topics.ACTIONS["sms"]) == []


async def test_while_a_token_is_changed_for_another_both_are_valid(door: Any) -> None:
    clear = {"auth_token": "todays-token", "old_auth_token": door.auth_token}
    secrets = {name: door.sealer.seal(value, f"connection/sms/{name}") for name, value in clear.items()}
    record = {"id": "sms", "provider": "twilio", "secrets": secrets}
    await door.configure(
        ConfigChanged(kind="connection", id="sms", revision=100, data=record, changed_at=datetime.now(UTC))
    )
    assert (await call_back(door, DELIVERED)).status_code == 204
    assert (await call_back(door, DELIVERED, token="todays-token")).status_code == 204
    assert (await call_back(door, DELIVERED, token="another-token")).status_code == 401


async def test_a_callback_for_no_connection_of_ours_is_a_404(door: Any) -> None:
    assert (await call_back(door, DELIVERED, ADDRESS.replace("/sms", "/other"))).status_code == 404


async def test_a_signed_callback_to_half_an_address_names_what_is_missing(door: Any) -> None:
    for query, field in (("", "effect"), ("?effect=1&item=2", "effect"), (f"?effect={EFFECT}", "item")):
        answer = await call_back(door, DELIVERED, f"/callbacks/twilio/sms{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_signed_body_that_is_no_form_is_a_400(door: Any) -> None:
    answer = await door.http.post(ADDRESS, content=b"To=%FF", headers={"X-Twilio-Signature": "x"})
    assert answer.status_code == 400


@pytest.fixture
async def crm() -> AsyncIterator[str]:
    """Give the address of what answers for documents as crm-api does."""

    async def by_token(request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer gateway-token":
            return Response(status_code=401)
        if request.path_params["token"] == "token-that-has-ended":
            return Response(status_code=410)
        if request.path_params["token"] != "token-of-the-contract":
            return Response(status_code=404)
        told = {"Document-Id": str(DOCUMENT), "Document-Item": str(ITEM), "Document-Template": "sale%20contract"}
        return Response(b"<h1>Contract</h1>", 200, told, media_type="text/html")

    port = free_port()
    app = Starlette(routes=[Route("/v1/documents/by-token/{token}", by_token)])
    async with running_tasks(serve(app, "127.0.0.1", port)):
        yield f"http://127.0.0.1:{port}"


async def test_a_client_sees_the_document_and_the_opening_is_noted_once_a_minute(started: Any, crm: str) -> None:
    door = await started("serve", crm_api_url=crm)
    began = datetime.now(UTC)
    for _ in range(2):
        answer = await door.http.get("/d/token-of-the-contract")
    one_minute = datetime.now(UTC).minute == began.minute
    assert (answer.status_code, answer.text) == (200, "<h1>Contract</h1>")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    signal = (await door.signals())[0]
    assert (signal.kind, signal.binding) == ("document.opened", ITEM)
    assert signal.payload == {"document": str(DOCUMENT), "template": "sale contract"}
    await eventually(lambda: door.rows("SELECT FROM outbox HAVING count(*) = 0"))
    # A minute may end between the two.
    assert len(await door.signals()) in ({1} if one_minute else {1, 2})


async def test_a_preview_of_the_link_is_no_opening(started: Any, crm: str) -> None:
    door = await started("serve", crm_api_url=crm)
    assert (await door.http.head("/d/token-of-the-contract")).status_code == 200
    assert await door.kept_nothing()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"User-Agent": "TelegramBot (like TwitterBot)"},
        {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "facebookexternalhit/1.1"},
    ],
)
@pytest.mark.req("I8")
async def test_what_looks_ahead_opens_nothing(started: Any, crm: str, headers: dict[str, str]) -> None:
    door = await started("serve", crm_api_url=crm)
    assert (await door.http.get("/d/token-of-the-contract", headers=headers)).status_code == 200
    assert await door.kept_nothing()


async def test_a_link_that_has_ended_is_a_page_in_plain_words_and_no_opening(started: Any, crm: str) -> None:
    door = await started("serve", crm_api_url=crm)
    answer = await door.http.get("/d/token-that-has-ended")
    assert (answer.status_code, answer.headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert "ask whoever sent it" in answer.text
    assert await door.kept_nothing()


async def test_a_link_that_leads_nowhere_is_a_404(started: Any, crm: str) -> None:
    door = await started("serve", crm_api_url=crm)
    for token in ("token-of-no-document", "short", "..%2F..%2Fv1%2Fitems", "a" * 300):
        assert (await door.http.get(f"/d/{token}")).status_code == 404
    assert await door.kept_nothing()


async def test_while_crm_api_is_away_the_client_is_asked_to_try_again(started: Any) -> None:
    door = await started("serve", crm_api_url=f"http://127.0.0.1:{free_port()}")
    answer = await door.http.get("/d/token-of-the-contract")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert await door.kept_nothing()
