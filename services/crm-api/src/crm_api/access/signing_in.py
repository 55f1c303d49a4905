"""Who asks with an API key or a token of the identity provider: asked of the database at most every five seconds."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from automation.knowledge import Knowledge
from chassis.database import CONTENDED, UNREACHABLE, Database
from chassis.principals import Principal
from chassis.problems import Problem
from chassis.process import Process
from chassis.telemetry import LOGINS_REFUSED
from fastapi import FastAPI

from crm_api.access.api_keys import Secret, principal
from crm_api.access.oidc import Issuer, ProviderAway, TokenRefused
from crm_api.settings import Settings
from crm_api.store import api_keys as store
from crm_api.store import config as stored_config

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
        return await self._memory.of(secret.digest, lambda: self._look(secret))

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
        except (*UNREACHABLE, *CONTENDED) as error:
            self._used |= used
            log.warning("keys: their use is noted later", error=repr(error))


class Provided:
    """Finds which person a token of the identity provider means: by its subject, else by its confirmed email."""

    def __init__(self, issuer: Issuer, database: Database, subjects: Mapping[str, str]) -> None:
        self.issuer = issuer
        self.database = database
        self.subjects = subjects
        self._memory = Memory()

    async def authenticate(self, token: str) -> Principal | None:
        """Give who asks; raises a problem for a token that is refused, of nobody here, or that cannot be checked."""
        if token.count(".") != 2:  # noqa: PLR2004  the form of a JWT: header, claims, signature
            return None
        digest = hashlib.sha256(token.encode()).digest()
        try:
            return await self._memory.of(digest, lambda: self._look(token))
        except TokenRefused as error:
            LOGINS_REFUSED.labels("oidc").inc()
            raise Problem(401, "The token is not valid", detail=f"{error}; sign in again") from None
        except ProviderAway as error:
            raise Problem(503, "The identity provider does not answer; try again", detail=str(error)) from None

    async def _look(self, token: str) -> Principal:
        claims = await self.issuer.claims(token)
        person = self.subjects.get(str(claims["sub"])) or await self._by_email(claims)
        if person is None:
            LOGINS_REFUSED.labels("oidc").inc()
            who = claims.get("email") or claims["sub"]
            fix = "an admin can give a person here this email"
            raise Problem(403, "Nobody here is you", detail=f"the identity provider says that you are {who}; {fix}")
        return Principal(f"user:{person}")

    async def _by_email(self, claims: Mapping[str, Any]) -> str | None:
        if claims.get("email_verified") is not True or not claims.get("email"):
            return None
        async with self.database.transaction() as tx:
            found = await stored_config.people_by_email(tx, str(claims["email"]))
        # Two people with one email: neither can be told from the other.
        return found[0] if len(found) == 1 else None


def install(app: FastAPI, process: Process[Knowledge]) -> None:
    """Let an application know the holders of API keys, and those whom the identity provider vouches for."""
    holders = KeyHolders(process.database)
    process.tasks.append(holders.run)
    app.state.authenticates = [holders.authenticate]
    settings = process.settings
    if isinstance(settings, Settings) and settings.oidc_issuer:
        issuer = Issuer(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)
        provided = Provided(issuer, process.database, settings.oidc_subjects)
        app.state.authenticates.append(provided.authenticate)
