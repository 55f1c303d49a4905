"""Tokens of an identity provider: which are taken, which are refused, and what happens while it is away."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from crm_api.access.oidc import Issuer, ProviderAway, TokenRefused
from simulators.identity import AUDIENCE, Algorithm, IdentityProvider
from simulators.serving import serving_http


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    """Give a provider that serves its keys over HTTP."""
    provider = IdentityProvider()
    provider.rotate("first", "RS256")
    async with serving_http(provider.app, "127.0.0.1", 0) as provider.issuer:
        yield provider


@pytest.fixture
def issuer(provider: IdentityProvider) -> Issuer:
    return Issuer(provider.issuer, AUDIENCE)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_that_the_provider_signed_is_taken(
    provider: IdentityProvider, issuer: Issuer, algorithm: Algorithm
) -> None:
    provider.rotate("mine", algorithm)
    for _ in range(3):
        assert (await issuer.claims(provider.token(sub="ada")))["sub"] == "ada"
    assert provider.asked == 1


# Moments are seconds from now: a test may run long after it was collected.
WRONG: dict[str, dict[str, Any]] = {
    "expired": {"exp": -60},
    "not yet valid": {"nbf": 600},
    "made for somebody else": {"aud": "another"},
    "made by somebody else": {"iss": "https://example.com"},
    "without an end": {"exp": None},
    "for nobody": {"sub": None},
    "for no audience": {"aud": None},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG.keys())
async def test_a_token_is_refused_that_is(provider: IdentityProvider, issuer: Issuer, claims: dict[str, Any]) -> None:
    told = {name: int(time.time()) + value if isinstance(value, int) else value for name, value in claims.items()}
    with pytest.raises(TokenRefused):
        await issuer.claims(provider.token(**told))


async def test_a_token_is_refused_that_is_signed_otherwise(provider: IdentityProvider, issuer: Issuer) -> None:
    true = provider.token()
    header, payload, signature = true.split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "first"}).encode()).rstrip(b"=").decode()
    claims = jwt.decode(true, options={"verify_signature": False})
    with_secret = jwt.encode(claims, "a public key is no secret, whoever signs", "HS256", headers={"kid": "first"})
    stranger = IdentityProvider()
    stranger.rotate("first", "RS256")
    stranger.issuer = provider.issuer
    changed = f"{header}.{payload[:-2]}AA.{signature}"
    for token in (f"{unsigned}.{payload}.", with_secret, stranger.token(), changed, "a.b.c", "..", f"{true}x"):
        with pytest.raises(TokenRefused):
            await issuer.claims(token)
    assert await issuer.claims(true)


async def test_a_new_key_is_fetched_when_a_token_names_it_but_not_at_any_rate(
    provider: IdentityProvider, issuer: Issuer
) -> None:
    await issuer.claims(provider.token())
    provider.rotate("second", "ES256")
    with pytest.raises(TokenRefused, match="no such key"):
        await issuer.claims(provider.token())
    assert provider.asked == 1
    issuer.between = 0.0
    assert await issuer.claims(provider.token())
    assert provider.asked == 2


async def test_while_the_provider_is_away_its_known_keys_hold_and_others_cannot_be_told(
    provider: IdentityProvider, issuer: Issuer
) -> None:
    known = provider.token()
    await issuer.claims(known)
    issuer.between = 0.0
    provider.away = True
    assert await issuer.claims(known)
    provider.rotate("second", "EdDSA")
    for _ in range(2):
        with pytest.raises(ProviderAway):
            await issuer.claims(provider.token())
    provider.away = False
    assert await issuer.claims(provider.token())
    issuer.fresh = 0.0
    with pytest.raises(TokenRefused, match="no such key"):
        await issuer.claims(known)


async def test_keys_are_read_where_the_settings_say_and_only_from_who_calls_itself_so(
    provider: IdentityProvider,
) -> None:
    named = Issuer(provider.issuer, AUDIENCE, f"{provider.issuer}/keys")
    assert await named.claims(provider.token())
    true, provider.issuer = provider.issuer, "https://example.com"
    with pytest.raises(ProviderAway):
        await Issuer(true, AUDIENCE).claims(provider.token(iss=true))
