"""The providers that the conformance suite speaks with: one line each, with what only that provider can say."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.standard_webhooks import new_secret
from contracts.actions import PerformAction, Recipient
from simulators.faults import Kind, Provider

from action_workers.testing.desk import Desk

BUYER = {"email": "ana@example.com", "phone": "+351 910 000 001"}
HTML = b"<p>Hello</p>"
NOBODY = {"user": "shop", "password": "another"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """One action through one provider.

    `did` counts how often the provider did it, by what it knows a repeat by where it knows one (`keyed`: asking again
    does no harm). `fault` is the far end's name in `faults.py`, empty for crm-api. `wrong` spoils the credentials, and
    `words` are what must then be said. `busy` is how the provider says not now, with `waits` seconds to wait (None: it
    names none).
    """

    name: str
    kind: str
    ask: Callable[[Desk], PerformAction]
    did: Callable[[Desk], int]
    wrong: Callable[[Desk], Awaitable[None]]
    words: str
    fault: Provider | None = None
    keyed: bool = False
    busy: Mapping[str, Any] = field(default_factory=lambda: {"code": 429, "retry_after": 3600})
    waits: int | None = 3600

    def fail(self, desk: Desk, kind: Kind, **detail: Any) -> None:
        """Let the next request fail."""
        if self.fault is None:
            desk.crm.fail(kind, **detail)
        else:
            desk.sim.fail(self.fault, kind, **detail)


def wrong(connection: str, **settings: Any) -> Callable[[Desk], Awaitable[None]]:
    """Spoil settings of a connection."""
    return lambda desk: desk.reconnect(connection, **settings)


def wrong_token(desk: Desk) -> Awaitable[None]:
    """Spoil our own token for crm-api."""
    own = desk.attempts.own["crm-api"]
    desk.attempts.own["crm-api"] = own.model_copy(update={"settings": {**own.settings, "token": "wrong"}})
    return _nothing()


def refused(desk: Desk) -> Awaitable[None]:
    """Let a web service of somebody's own refuse what a rule writes as credentials."""
    desk.sim.fail("web", "status", code=401)
    return _nothing()


async def _nothing() -> None:
    return None


def fetch(method: str) -> Callable[[Desk], PerformAction]:
    """Ask a web service in this way."""
    return lambda desk: desk.action(
        Recipient(whom="web", name="127.0.0.1"),
        params={"url": f"{desk.sim.http}/web/prices", "method": method, "read": {"path": "path"}},
    )


def hook(*, deduplicates: bool) -> Callable[[Desk], PerformAction]:
    """Send a webhook, to a receiver that knows a repeat or does not."""
    params = {"url": "orders", "body": {"title": "Oak"}, "read": {"path": "path"}, "deduplicates": deduplicates}
    to = Recipient(whom="web", name="127.0.0.1")
    return lambda desk: desk.action(to, action="send-webhook", params=params)


def call(*, idempotent: bool) -> Callable[[Desk], PerformAction]:
    """Call an app, which knows a second call by its id or does not."""

    def ask(desk: Desk) -> PerformAction:
        if not idempotent:
            desk.sim.app.careless.add("repeat")
        params = {"inputs": {"client": "Ana Silva"}, "idempotent": idempotent}
        return desk.action(Recipient(whom="app:acme", name="acme"), action="app:acme/score", params=params)

    return ask


async def wrong_secret(desk: Desk) -> None:
    """Let the app know another secret than we have."""
    desk.sim.app.secret = new_secret()


def paper(desk: Desk) -> PerformAction:
    """Ask for a document."""
    params = {"template": "t", "file": desk.crm.keep(HTML), "content_type": "text/html", "context": {}}
    return desk.action(Recipient(whom="document", name="Contract"), params=params)


def buyer(connection: str) -> Callable[[Desk], PerformAction]:
    """Ask for a contact to be in an audience of a platform."""
    return lambda desk: desk.action(desk.to(""), connection=connection, params={"audience": "238", **BUYER})


def chat(desk: Desk) -> PerformAction:
    """Ask for a message to a chat."""
    routes = [{"channel": "chat", "address": "shop-bot:5512345"}]
    return desk.action(desk.to(""), params={"text": "Your table is ready.", "routes": routes})


CONVERSATIONS: tuple[Conversation, ...] = (
    Conversation(
        "twilio sms",
        "sms",
        lambda desk: desk.action(),
        lambda desk: len(desk.sim.twilio.accepted),
        wrong("sms", account_sid="AC0"),
        "credentials",
        fault="twilio",
    ),
    Conversation(
        "twilio calls",
        "call",
        lambda desk: desk.action(),
        lambda desk: len(desk.sim.calls.accepted),
        wrong("sms", account_sid="AC0"),
        "credentials",
        fault="twilio-voice",
    ),
    Conversation(
        "telegram",
        "message",
        chat,
        lambda desk: len(desk.sim.telegram.accepted),
        wrong("bot", bot_token="1:wrong"),  # noqa: S106  it opens nothing
        "bot_token",
        fault="telegram",
    ),
    Conversation(
        "smtp",
        "email",
        lambda desk: desk.action(desk.to("ana@example.com")),
        lambda desk: len(desk.sim.mail.accepted),
        wrong("mail", user="shop", password="wrong"),  # noqa: S106  it opens nothing
        "",
        fault="smtp",
        busy={"code": 451},
        waits=None,
    ),
    Conversation(
        "meta",
        "ad-audience",
        buyer("meta"),
        lambda desk: len({change.session for change in desk.sim.meta.accepted}),
        wrong("meta", access_token="wrong"),  # noqa: S106  as above
        "renew it",
        fault="meta",
        keyed=True,
    ),
    Conversation(
        "google",
        "ad-audience",
        buyer("google"),
        lambda desk: len({str(change.people) for change in desk.sim.google.accepted}),
        wrong("google", access_token="wrong"),  # noqa: S106  as above
        "authorise it again",
        fault="google",
        keyed=True,
    ),
    Conversation(
        "vk",
        "ad-audience",
        buyer("vk"),
        lambda desk: len({str(change.contacts) for change in desk.sim.vk.accepted}),
        wrong("vk", access_token="wrong"),  # noqa: S106  as above
        "authorise it again",
        fault="vk",
        keyed=True,
    ),
    Conversation(
        "crm task",
        "task",
        lambda desk: desk.action(Recipient(whom="person:ann", address="ann"), params={"title": "Call"}),
        lambda desk: len(desk.crm.tasks),
        wrong_token,
        "ACTION_WORKERS_CRM_API_TOKEN",
        keyed=True,
    ),
    Conversation(
        "crm document",
        "document",
        paper,
        lambda desk: len(desk.crm.documents),
        wrong_token,
        "ACTION_WORKERS_CRM_API_TOKEN",
        keyed=True,
    ),
    Conversation(
        "web GET",
        "webhook",
        fetch("GET"),
        lambda desk: min(1, len(desk.sim.web.accepted)),
        refused,
        "it refused with 401",
        fault="web",
        keyed=True,
    ),
    Conversation(
        "web POST",
        "webhook",
        fetch("POST"),
        lambda desk: len(desk.sim.web.accepted),
        refused,
        "it refused with 401",
        fault="web",
    ),
    Conversation(
        "webhook",
        "webhook",
        hook(deduplicates=False),
        lambda desk: len(desk.sim.web.accepted),
        refused,
        "it refused with 401",
        fault="web",
    ),
    Conversation(
        "webhook to who knows repeats",
        "webhook",
        hook(deduplicates=True),
        lambda desk: len({asked.headers["webhook-id"] for asked in desk.sim.web.accepted}),
        refused,
        "it refused with 401",
        fault="web",
        keyed=True,
    ),
    Conversation(
        "app",
        "app",
        call(idempotent=False),
        lambda desk: len(desk.sim.app.accepted),
        wrong_secret,
        "it refused with 401",
        fault="app",
    ),
    Conversation(
        "app, idempotent",
        "app",
        call(idempotent=True),
        lambda desk: len(desk.sim.app.accepted),
        wrong_secret,
        "it refused with 401",
        fault="app",
        keyed=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Check:
    """How an account is tried: `says` is what a good one is told by, `words` what wrong credentials say.

    `wrong` spoils its settings, empty where the far end alone can refuse. `fault` is the far end's name in `faults.py`,
    `to` whom its faults name where they must.
    """

    connection: str
    says: str
    wrong: Mapping[str, Any]
    words: str
    fault: Provider
    to: str | None = None


CHECKS: tuple[Check, ...] = (
    Check("sms", "'Furniture shop', which is active", {"auth_token": "wrong"}, "credentials", "twilio"),
    Check("bot", "@shop_bot (The shop)", {"bot_token": "1:wrong"}, "bot_token", "telegram"),
    Check("mail", "greets as", NOBODY, "refuses the user 'shop': wrong", "smtp", to="shop@example.com"),
    Check("meta", "the ad accounts Furniture", {"access_token": "wrong"}, "renew it", "meta"),
    Check("google", "its audiences: Buyers", {"access_token": "wrong"}, "authorise it again", "google"),
    Check("vk", "1601 'Furniture'", {"access_token": "wrong"}, "authorise it again", "vk"),
    Check("yandex", "1 segments: Buyers", {"access_token": "wrong"}, "authorise it again", "yandex"),
    Check("shop", "answers 200 to a signed request", {}, "the secret of the connection", "web"),
)
