"""Who asks with an API key or a token of the identity provider: asked of the database at most every five seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from automation.knowledge import Knowledge
from chassis.database import UNREACHABLE, Database
from chassis.principals import Principal
from chassis.process import Process
from chassis.telemetry import LOGINS_REFUSED
from fastapi import FastAPI

from crm_api.api_keys import Secret, principal
from crm_api.store import api_keys as store

log = structlog.get_logger()
# What is revoked may still be taken for so many seconds; docs/operations/access.md says so.
REMEMBERED = 5.0
MOST = 10_000
NOTED_EVERY = 5.0


class Memory:
    """What was found out about tokens, for a few seconds each."""

    def __init__(self, seconds: float = REMEMBERED) -> None:
        self.seconds = seconds
        self._known: dict[bytes, tuple[float, Principal | None]] = {}

    async def of(self, digest: bytes, look: Callable[[], Awaitable[Principal | None]]) -> Principal | None:
        """Give what is remembered of a token, else what `look` finds."""
        known = self._known.get(digest)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        # From before the look: a revocation meanwhile must not be remembered any longer.
        until = time.monotonic() + self.seconds
        found = await look()
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[digest] = until, found
        return found


class KeyHolders:
    """Finds whose API key it is, and notes its use beside the requests."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._memory = Memory()
        self._used: set[str] = set()

    async def authenticate(self, token: str) -> Principal | None:
        """Give who asks with a key that is valid now."""
        secret = Secret.read(token)
        if secret is None:
            return None
        found = await self._memory.of(secret.digest, lambda: self._look(secret))
        if found is None:
            LOGINS_REFUSED.labels("api-key").inc()
        return found

    async def _look(self, secret: Secret) -> Principal | None:
        async with self.database.transaction() as tx:
            found = await store.valid(tx, secret.id)
        if found is None or not secret.fits(found[1]):
            return None
        key, _, unnoted = found
        if unnoted:
            self._used.add(key.id)
        return principal(key)

    async def run(self, stop: asyncio.Event) -> None:
        """Note the use of keys until told to stop."""
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), NOTED_EVERY)
            except TimeoutError:
                await self.note()

    async def note(self) -> None:
        """Write down which keys were used since the last time; what cannot be written now is written next time."""
        used, self._used = self._used, set()
        if not used:
            return
        try:
            async with self.database.transaction() as tx:
                await store.used(tx, used)
        except UNREACHABLE as error:
            self._used |= used
            log.warning("keys: their use is noted later", error=repr(error))


def install(app: FastAPI, process: Process[Knowledge]) -> None:
    """Let an application know the holders of API keys."""
    holders = KeyHolders(process.database)
    process.tasks.append(holders.run)
    app.state.authenticates = (holders.authenticate,)
