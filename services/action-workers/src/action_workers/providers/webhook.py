"""Anybody's webhook endpoint, through the guarded client, signed per Standard Webhooks."""

import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

import httpx
from chassis.errors import Rejected
from chassis.standard_webhooks import NoSecret, check_secret, signed
from pydantic import SecretStr
from typing_extensions import override

from action_workers.answers import Down, Uncertain
from action_workers.providers import asking
from action_workers.providers.accounts import Works, read_account
from action_workers.providers.web import Web, WebAccount, accepted

UNAUTHORISED, CLIENT_ERRORS = frozenset({401, 403, 407}), range(400, 500)
# An address that stands for itself, which is no path.
WHOLE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# What a message and its answer are written in.
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class SigningAccount(WebAccount):
    """Who signs: `secret`, and `old_secret` too while it is changed for another."""

    secret: SecretStr
    old_secret: SecretStr | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give the secrets that sign, the newest first."""
        return tuple(one.get_secret_value() for one in (self.secret, self.old_secret) if one is not None)


class WebhookAccount(SigningAccount):
    """A receiver: `base_url` is what paths stand below; `deduplicates` says that it knows a repeat by its id."""

    base_url: str = ""
    deduplicates: bool = False


class Webhook(Web):
    """Sends signed messages."""

    NAME: ClassVar[str] = "webhook"
    WITHIN_THE_WEB: ClassVar[bool] = True
    account: WebhookAccount

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        account = read_account(WebhookAccount, connection, values)
        check_secrets(account, f"connection '{connection}'")
        return cls(account)

    @override
    async def check(self) -> Works | None:
        """Ask for the headers at the connection's own address, signed as a message is; there is none in it."""
        url = self.account.base_url
        if not url:
            return None
        signature = signed(self.account.secrets, message_id(uuid4()), datetime.now(UTC), b"")
        try:
            response = await self.any_answer("HEAD", url, signature, None)
        except Uncertain as error:
            raise Down(f"{url} did not answer: {asking.said(error.__cause__ or error)}") from error
        status = response.status_code
        if status in UNAUTHORISED:
            raise Rejected(f"{url} refuses us ({status}); give the receiver the secret of the connection")
        if leads_below(response, url) or (status in CLIENT_ERRORS and not asking.is_transient(status)):
            words = f"{url} is there, and answers {status} to a request for its headers alone"
            return Works(
                f"{words}; whether it takes the signature shows with the first message", {"status": str(status)}
            )
        return Works(f"{url} answers {accepted(response).status_code} to a signed request", {"status": str(status)})

    @classmethod
    @override
    def one_place(cls, settings: Mapping[str, Any]) -> bool:
        return bool(settings.get("base_url"))

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, effect: UUID
    ) -> httpx.Response:
        """Send a message, known by the effect's id, and give an answer that accepts; raises as `ask` does."""
        signature = signed(self.account.secrets, message_id(effect), datetime.now(UTC), body)
        return await self.ask(method, self.address(url), {**headers, **signature}, body)

    def address(self, url: str) -> str:
        """Give the address of a message: a path stands below the connection's own."""
        base = self.account.base_url
        if not base or WHOLE.match(url):
            return url
        return f"{base.rstrip('/')}/{url.lstrip('/')}" if url else base


def leads_below(response: httpx.Response, url: str) -> bool:
    """Say whether an answer leads to another path of the same place, as one to a path above others often does."""
    where = httpx.URL(url)
    with contextlib.suppress(httpx.InvalidURL):
        return response.has_redirect_location and where.join(response.headers["location"]).netloc == where.netloc
    return False


def message_id(effect: UUID) -> str:
    """Give the id of an effect's message, the same for each attempt."""
    return f"msg_{effect.hex}"


def check_secrets(account: SigningAccount, whose: str) -> None:
    """Refuse secrets that cannot sign; raises `Rejected`."""
    try:
        for secret in account.secrets:
            check_secret(secret)
    except NoSecret as error:
        raise Rejected(f"{whose}: {error}") from None
