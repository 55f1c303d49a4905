"""Signed webhooks to any address: what the receiver checks, what it may answer, and when it is sent again."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers.testing import SECRET, Desk, config
from chassis.standard_webhooks import new_secret
from contracts.actions import Recipient
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

BODY = {"deal": "Oak table", "lines": [1, "due é"]}


@pytest.fixture
async def desk(open_desk: Callable[[str], Awaitable[Desk]]) -> Desk:
    return await open_desk("webhook")


def webhook(desk: Desk, **params: Any) -> Any:
    told = {"url": "orders", "body": BODY, **params}
    return desk.action(Recipient(whom="web", name="127.0.0.1"), action="send-webhook", params=told)


def verified(asked: Any, secret: str = SECRET) -> Any:
    """Check a request as its receiver does."""
    return Webhook(secret).verify(asked.raw, asked.headers)


async def failed(desk: Desk, **params: Any) -> str:
    await desk.take(webhook(desk, **params))
    (outcome,) = await desk.work("failed")
    return outcome.reason


@pytest.mark.req("G1")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_the_receiver_finds_a_signature_that_holds_and_later_rules_read_its_answer(
    desk: Desk, method: str
) -> None:
    await desk.take(webhook(desk, method=method, headers={"X-Shop": "1"}, read={"deal": "body.deal", "no": "colour"}))
    (outcome,) = await desk.work("sent")
    assert outcome.results == {"status": 200, "deal": "Oak table"}
    (asked,) = desk.sim.web.accepted
    assert (asked.method, asked.path, asked.headers["x-shop"]) == (method, "orders", "1")
    assert verified(asked) == BODY
    assert asked.headers["webhook-id"] == f"msg_{outcome.effect.hex}"
    with pytest.raises(WebhookVerificationError):
        verified(asked, new_secret())


async def test_while_a_secret_is_changed_for_another_both_sign(desk: Desk) -> None:
    old, new = SECRET, new_secret()
    await desk.reconnect("shop", secret=new, old_secret=old)
    await desk.take(webhook(desk))
    await desk.work("sent")
    (asked,) = desk.sim.web.accepted
    assert verified(asked, old) == verified(asked, new) == BODY


async def test_the_id_stays_over_attempts_and_a_wish_to_wait_is_heeded(desk: Desk) -> None:
    desk.sim.fail("web", "status", code=429, retry_after=0)
    desk.sim.fail("web", "status", code=502)
    await desk.take(webhook(desk))
    (outcome,) = await desk.work("sent")
    assert outcome.attempts == 3
    assert len({asked.headers["webhook-id"] for asked in desk.sim.web.accepted}) == 1


async def test_without_an_answer_it_is_sent_again_only_to_who_knows_a_repeat(desk: Desk) -> None:
    desk.sim.fail("web", "cut_after")
    await desk.take(webhook(desk))
    (outcome,) = await desk.work("uncertain")
    assert (outcome.attempts, len(desk.sim.web.accepted)) == (1, 1)


async def test_who_knows_a_repeat_gets_the_same_message_again(desk: Desk) -> None:
    desk.sim.fail("web", "cut_after")
    await desk.take(webhook(desk, deduplicates=True))
    (outcome,) = await desk.work("sent")
    first, second = desk.sim.web.accepted
    assert (outcome.attempts, outcome.reason, first.raw) == (2, "", second.raw)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (301, "it leads elsewhere (301), which is not followed"),
        (410, "it refused with 410"),
        (404, 'it refused with 404: {"error":"no such shop"}'),
    ],
)
async def test_what_is_refused_for_good_fails_in_words_at_the_first_attempt(desk: Desk, code: int, words: str) -> None:
    desk.sim.fail("web", "status", code=code, body="no such shop")
    assert words in await failed(desk)
    assert not desk.sim.web.accepted


async def test_what_was_accepted_is_sent_though_its_answer_cannot_be_read(desk: Desk) -> None:
    desk.sim.fail("web", "garbage")
    await desk.take(webhook(desk, read={"deal": "body.deal"}))
    (outcome,) = await desk.work("sent")
    words = "it was accepted, and its answer could not be read: it answered 200, with something that is no JSON"
    assert (outcome.results, outcome.reason, outcome.attempts) == ({"status": 200}, words, 1)
    assert len(desk.sim.web.accepted) == 1


@pytest.mark.parametrize(("read", "words"), [({}, ""), ({"deal": "body.deal"}, "with more than 1000000 bytes")])
async def test_what_was_accepted_is_sent_however_long_its_answer_is(
    desk: Desk, read: dict[str, str], words: str
) -> None:
    await desk.take(webhook(desk, body={"deal": "x" * 1_100_000}, read=read))
    (outcome,) = await desk.work("sent")
    assert (outcome.results, outcome.reason[-len(words) :] if words else outcome.reason) == ({"status": 200}, words)
    assert len(desk.sim.web.accepted) == 1


async def test_an_address_that_leads_inside_is_refused(desk: Desk) -> None:
    assert "leads inside" in await failed(desk, url="http://10.0.0.1/x")


@pytest.mark.parametrize("secret", ["whsec_short", "plain text", "whsec_!!!"])
async def test_a_secret_that_cannot_sign_is_told_without_showing_it(desk: Desk, secret: str) -> None:
    await desk.reconnect("shop", secret=secret)
    reason = await failed(desk)
    assert "a secret is whsec_ and 24 to 64 bytes in base64" in reason
    assert secret not in reason


async def test_no_connection_can_open_what_the_deployment_keeps_shut(desk: Desk) -> None:
    desk.attempts.own["web"] = desk.attempts.own["web"].model_copy(update={"settings": {}})
    await desk.reconnect("shop", inside_hosts=["127.0.0.1"], ports=[1, 65535])
    assert "port" in await failed(desk)


async def test_without_a_connection_for_webhooks_the_reason_says_so(desk: Desk) -> None:
    await desk.configure(config("connection", "shop", {"id": "shop", "provider": "twilio"}))
    assert await failed(desk) == "no connection to webhook; add one"
