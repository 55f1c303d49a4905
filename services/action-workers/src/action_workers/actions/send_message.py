"""send-message: a text to the client in the chat from which they wrote last, or by another way in its order.

Each way is an attempt of its own: only a definite refusal leads to the next, so what may have been sent is never sent
by another way too. `results` tell which ways refused, and why; by their number the next one is known.
"""

from dataclasses import replace
from typing import Any, Literal

from automation.knowledge import Knowledge
from chassis.errors import Rejected
from contracts.config import Connection
from contracts.data import JsonObject, Part

from action_workers import connections
from action_workers.actions import send_email, send_sms
from action_workers.actions.action import Action, Errand
from action_workers.answers import Answer, Refused, Sent, TryNext
from action_workers.effect import Effect
from action_workers.providers.telegram import Telegram

CHAT: Literal["chat"] = "chat"
TRIED = "tried"


class Route(Part):
    """One way to the client: a chat, a phone or a mail address, and through which account."""

    channel: Literal["chat", "sms", "email"]
    address: str
    connection: str = ""


class Missed(Part):
    """A way that does not lead to the client, why, and before which of the routes it would have been gone."""

    channel: str
    why: str
    before: int = 0


class SendMessage(Part):
    """What to say, and by which ways in their order; `missing` are those that the client does not have."""

    text: str
    subject: str = ""
    routes: tuple[Route, ...]
    missing: tuple[Missed, ...] = ()


async def send_message(errand: Errand[SendMessage, Telegram]) -> Sent:
    """Write to the chat."""
    _, _, chat = errand.effect.recipient.address.partition(":")
    return await errand.provider.send_message(chat, errand.params.text)


def channel_account(effect: Effect, knowledge: Knowledge) -> Connection:
    """Give the account of the bot that a chat is with: the one that its channel names, else the only one."""
    channel = effect.recipient.address.partition(":")[0]
    source = knowledge.sources.get(channel)
    if source is None:
        raise Rejected(f"there is no channel '{channel}' any more")
    named = str(source.settings.get("connection", ""))
    return connections.chosen(knowledge.connections, named, {Telegram.NAME})


def way(action: Action, effect: Effect) -> tuple[Action, Effect]:
    """Give by which action it goes on: the first way that has not refused."""
    route = route_of(effect)
    if route is None:
        return action, effect
    recipient = effect.recipient.model_copy(update={"address": route.address})
    here = replace(effect, recipient=recipient, connection=route.connection)
    if route.channel == CHAT:
        return action, here
    text: JsonObject = {"text": effect.params.get("text", "")}
    if route.channel == "sms":
        return send_sms.ACTION, replace(here, params=text)
    return send_email.ACTION, replace(here, params={**text, "subject": effect.params.get("subject", "")})


def route_of(effect: Effect) -> Route | None:
    """Give the way by which a message goes now, None for one that has none."""
    routes = effect.params.get("routes", [])
    return Route.model_validate(routes[min(len(tried(effect)), len(routes) - 1)]) if routes else None


def tried(effect: Effect) -> list[dict[str, Any]]:
    """Give the ways that have refused."""
    return list(effect.results.get(TRIED, ()))


def conclude(effect: Effect, answer: Answer) -> Answer:
    """Tell by which way it went, and go on to the next one where this one refused for good."""
    route = route_of(effect)
    if route is None:
        return answer
    if isinstance(answer, Sent):
        return went(effect, route, answer)
    if isinstance(answer, Refused):
        return refused(effect, route, answer)
    return answer


def went(effect: Effect, route: Route, answer: Sent) -> Sent:
    """Tell by which way it went, and why by none of those before."""
    before = tried(effect)
    missed = [*(m for m in effect.params.get("missing", ()) if m.get("before", 0) <= len(before)), *before]
    results = {**answer.results, "channel": route.channel, **({TRIED: before} if before else {})}
    if route.channel == CHAT:
        # The conversation in the CRM has it too.
        results |= {"chat": route.address, "text": str(effect.params.get("text", ""))}
    return replace(answer, results=results, words=f"by {route.channel}; {told(missed)}" if missed else "")


def refused(effect: Effect, route: Route, answer: Refused) -> Answer:
    """Go on to the next way, or tell why none led to the client."""
    routes = effect.params["routes"]
    ways = [*tried(effect), {"channel": route.channel, "why": answer.reason}]
    if len(ways) < len(routes):
        following = routes[len(ways)]["channel"]
        return TryNext(f"{route.channel}: {answer.reason}; next: {following}", {TRIED: ways}, answer.suppress)
    words = told([*effect.params.get("missing", ()), *ways]) if len(routes) > 1 else answer.reason
    return Refused(words, answer.suppress)


def told(missed: list[dict[str, Any]]) -> str:
    """Say of each way why it did not lead to the client."""
    return "; ".join(f"{one['channel']}: {one['why']}" for one in missed)


ACTION = Action(
    "send-message",
    "message",
    SendMessage,
    Telegram,
    send_message,
    attempts=12,
    timeout=send_email.ACTION.timeout,
    account=channel_account,
    way=way,
    conclude=conclude,
)
