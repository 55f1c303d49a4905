"""send-webhook: a signed message to any address, and parts of the answer for later rules."""

import json
from typing import Any, Literal

import httpx
from chassis.errors import Rejected
from contracts.data import JsonObject, Part
from pydantic import Field

from action_workers.actions.action import Action, Errand
from action_workers.actions.http_fetch import found
from action_workers.answers import Sent, Unread
from action_workers.effect import Effect
from action_workers.guarded import is_broken_off
from action_workers.providers.webhook import JSON, Webhook


class SendWebhook(Part):
    """What is sent; `read` are JMESPath expressions on the JSON of the answer, by the names of the results."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    read: dict[str, str] = Field(default_factory=dict)


async def send_webhook(errand: Errand[SendWebhook, Webhook]) -> Sent:
    """Send it; its id is the effect's, so that the receiver can know a repeat."""
    params = errand.params
    body = json.dumps(params.body, ensure_ascii=False).encode()
    headers = {**params.headers, **JSON}
    response = await errand.provider.send(params.method, params.url, headers, body, errand.effect.id)
    if params.read and is_broken_off(response) and is_asked_again(errand.effect):
        raise Unread("it was accepted, and its answer broke off before its end")
    return answered(response, params.read)


def is_asked_again(effect: Effect) -> bool:
    """Say whether the receiver knows a repeat, and there is an attempt left for one."""
    return effect.repeatable and effect.attempts < effect.last_attempt


def answered(response: httpx.Response, read: dict[str, str]) -> Sent:
    """Give that it was sent: it was accepted, whether its answer can be read or not."""
    told = {"status": response.status_code}
    try:
        return Sent(results={**told, **found(response, read)})
    except Rejected as error:
        return Sent(results=told, words=f"it was accepted, and its answer could not be read: {error.reason}")


def is_harmless(params: JsonObject) -> bool:
    """Say whether the receiver knows a repeat, as the connection said at dispatch."""
    return params.get("deduplicates") is True


ACTION = Action(
    "send-webhook",
    "webhook",
    SendWebhook,
    Webhook,
    send_webhook,
    attempts=10,
    timeout=25.0,
    concurrency=40,
    harmless=is_harmless,
)
