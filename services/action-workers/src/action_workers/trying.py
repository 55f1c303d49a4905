"""Tries accounts that people ask about: opened anew, asked something harmless, closed again.

Nothing is kept of it here. A process that dies meanwhile says nothing, and the person is told that nobody answered.
"""

import asyncio
import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import UNREACHABLE, Database
from chassis.errors import Rejected, Retryable
from chassis.outbox import About, Outbox
from chassis.received import Received
from contracts import topics
from contracts.config import Connection
from contracts.tries import TRIED_BY, ConnectionTried, TryConnection, TryOutcome
from pydantic import SecretStr

from action_workers import connections
from action_workers.announcing import ACTOR
from action_workers.answers import Uncertain, sound
from action_workers.guarded import Allowed, GuardedTransport, NotAllowed
from action_workers.providers import Accounts, Provider, asking

# How long, in seconds, a provider may take, and how many accounts are tried at once.
LIMIT = 10.0
AT_ONCE = 4
# What stands in the place of a secret, and how many letters of an answer people read.
HIDDEN = "•••"
LONGEST = 500
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try came to."""

    outcome: TryOutcome
    words: str
    account: Mapping[str, str] = field(default_factory=dict)


class Trying:
    """Answers what people want to know of accounts; `allowed` is what the deployment lets addresses of people reach.

    Addresses of accounts are such too: whoever may set one up could otherwise ask around inside.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        config: ConfigCopy[Knowledge],
        accounts: Accounts,
        allowed: Mapping[str, Any],
        *,
        limit: float = LIMIT,
    ) -> None:
        self.database = database
        self.outbox = outbox
        self.config = config
        self.accounts = accounts
        self.allowed = allowed
        self.limit = limit
        self._asked: asyncio.Queue[Received] = asyncio.Queue()

    def ask(self, received: Received) -> None:
        """Note what somebody wants to know."""
        self._asked.put_nowait(received)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until told to stop; who is not answered by then asks again."""
        async with asyncio.TaskGroup() as group:
            answering = [group.create_task(self._answer()) for _ in range(AT_ONCE)]
            await stop.wait()
            for one in answering:
                one.cancel()

    async def _answer(self) -> None:
        while True:
            received = await self._asked.get()
            try:
                await self.answer(received)
            except UNREACHABLE as error:
                log.warning("trying: an answer is lost with the database", error=repr(error))
            except Exception:
                log.exception("trying: a mistake of ours; whoever asked is told that nobody answered")

    async def answer(self, received: Received) -> None:
        """Try what a message asks about, and tell of it; what nobody waits for any more is left out."""
        asked: TryConnection = received.data
        async with self.database.transaction() as tx:
            now, knowledge = await tx.now(), await self.config.view(tx)
        if now > asked.expires_at:
            return
        tried = await self.tried(asked.draft or knowledge.connections.get(asked.connection), asked.connection)
        async with self.database.transaction() as tx:
            now = await tx.now()
            told = ConnectionTried(
                id=asked.id,
                connection=asked.connection,
                outcome=tried.outcome,
                words=tried.words,
                account=dict(tried.account),
                at=now,
            )
            about = About(now, received.envelope.follow(actor=ACTOR))
            await self.outbox.publish(tx, [self.outbox.message(topics.TRIES, asked.connection, told, about)])

    async def tried(self, connection: Connection | None, name: str = "") -> Tried:
        """Try an account; never raises, and tells no secret."""
        if connection is None:
            return Tried("refused", f"there is no connection '{name}' any more; keep it again")
        kind = self.accounts.providers.get(connection.provider)
        if kind is None or connection.provider not in TRIED_BY:
            known = ", ".join(sorted(TRIED_BY))
            return Tried("refused", f"no worker knows the provider '{connection.provider}'; use one of: {known}")
        try:
            provider = self._opened(kind, connection)
        except Rejected as error:
            return Tried("refused", error.reason)
        return await self._checked(provider)

    def _opened(self, kind: type[Provider], connection: Connection) -> Provider:
        within = connections.within(connection, self.allowed) if kind.WITHIN_THE_WEB else connection
        values = connections.opened(within, self.accounts.sealer, kind.SEALED_AS)
        limits = connections.limits(self.allowed)
        allowed = Allowed(frozenset(limits["ports"]), frozenset(map(str.lower, limits["inside_hosts"])))
        before = asking.ROAD.set(lambda: GuardedTransport(allowed))
        try:
            return kind.of(connection.id, values)
        finally:
            asking.ROAD.reset(before)

    async def _checked(self, provider: Provider) -> Tried:
        try:
            return without_secrets(await checked(provider, self.limit), secrets_of(provider))
        finally:
            await provider.close()


async def checked(provider: Provider, limit: float) -> Tried:
    """Ask an open account, within so many seconds."""
    try:
        async with asyncio.timeout(limit):
            works = await provider.check()
    except (Rejected, NotAllowed, Retryable, Uncertain, TimeoutError) as error:
        return failure(error, limit)
    except Exception as error:
        log.exception("trying: a mistake of ours", provider=provider.NAME)
        return Tried("unavailable", f"a mistake of ours: {type(error).__name__}; tell whoever runs this installation")
    if works is None:
        return Tried("untried", f"there is nothing harmless to ask {provider.NAME} as this connection is set up")
    return Tried("works", works.words, works.account)


def failure(error: Exception, limit: float) -> Tried:
    """Say what stands against an account."""
    if isinstance(error, Rejected | NotAllowed):
        return Tried("refused", str(error))
    if isinstance(error, TimeoutError):
        fix = "check the address, and what stands between, such as a firewall"
        return Tried("unavailable", f"no answer within {limit:g} s; {fix}")
    after = error.after if isinstance(error, Retryable) else None
    wait = f"it asks to wait for {after.total_seconds():.0f} s" if after else "try again later"
    return Tried("unavailable", f"{error}; {wait}")


def secrets_of(provider: Provider) -> list[str]:
    """Give the secrets of an account, in every way in which a far end might echo them."""
    held = [value.get_secret_value() for _, value in provider.account if isinstance(value, SecretStr)]
    spellings = ((one, quote(one, safe=""), base64.b64encode(one.encode()).decode()) for one in held if one)
    return sorted({spelling for spelled in spellings for spelling in spelled}, key=len, reverse=True)


def without_secrets(tried: Tried, secrets: Iterable[str]) -> Tried:
    """Give what a try came to without secrets, and none of it longer than people read."""
    held = list(secrets)

    def hidden(text: str) -> str:
        for secret in held:
            text = text.replace(secret, HIDDEN)
        return sound(text)[:LONGEST]

    return Tried(tried.outcome, hidden(tried.words), {name: hidden(value) for name, value in tried.account.items()})
