"""Bearer tokens of an identity provider (OpenID Connect): signed JWTs, checked with the keys that it publishes."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
import structlog

ALGORITHMS = ("RS256", "ES256", "EdDSA")
REQUIRED = ("exp", "iss", "aud", "sub")
LEEWAY = 30  # seconds by which two clocks may differ
FRESH = 300.0
# A token can name any key: no more often than so many seconds is the provider asked for one that we do not have.
BETWEEN = 5.0
TIMEOUT = 5.0
log = structlog.get_logger()


class TokenRefused(Exception):
    """The token is not valid; the message says why."""


class ProviderAway(Exception):
    """The identity provider does not answer, and without its keys nobody can say whether the token is valid."""


class Issuer:
    """One identity provider; its keys are at `keys_at`, or where it says that they are.

    They are asked for again after `fresh` seconds, and when a token names one that is not known.
    """

    def __init__(
        self, issuer: str, audience: str, keys_at: str = "", *, fresh: float = FRESH, between: float = BETWEEN
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self.keys_at = keys_at
        self.fresh = fresh
        self.between = between
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at = -fresh
        self._away = False
        self._asking = asyncio.Lock()

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Give what a token says that is valid now; raises `TokenRefused` or `ProviderAway`."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise TokenRefused(f"it is signed with {header.get('alg')}, not with {', '.join(ALGORITHMS)}")
            key = await self._key(str(header.get("kid", "")))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": list(REQUIRED), "enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError as error:
            raise TokenRefused(str(error)) from None
        return claims

    async def _key(self, kid: str) -> jwt.PyJWK:
        if not self._has(kid) or self._age() > self.fresh:
            async with self._asking:
                if self._age() > (self.fresh if self._has(kid) else self.between):
                    await self._ask()
        if self._has(kid):
            return self._keys[kid]
        if self._away:
            raise ProviderAway(f"{self.issuer} does not answer")
        raise TokenRefused("the provider has no such key")

    def _has(self, kid: str) -> bool:
        return kid in self._keys

    def _age(self) -> float:
        return time.monotonic() - self._asked_at

    async def _ask(self) -> None:
        """Fetch the keys; while the provider is away those that are known stay."""
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT) as client:
                found = jwt.PyJWKSet.from_dict(await self._fetch(client, self.keys_at or await self._discover(client)))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
            self._away = True
            log.warning("oidc: the provider's keys cannot be read", issuer=self.issuer, error=repr(error))
        else:
            self._away = False
            self._keys = {str(key.key_id or ""): key for key in found.keys if key.algorithm_name in ALGORITHMS}
        self._asked_at = time.monotonic()

    async def _discover(self, client: httpx.AsyncClient) -> str:
        told = await self._fetch(client, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told["issuer"] != self.issuer:
            raise ValueError(f"it calls itself {told['issuer']}")
        return str(told["jwks_uri"])

    async def _fetch(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        answer = await client.get(url)
        told: dict[str, Any] = answer.raise_for_status().json()
        return told
