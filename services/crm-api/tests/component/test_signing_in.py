"""People who sign in at an identity provider."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from crm_api.testing.company import Company, furnished
from simulators.identity import AUDIENCE, IdentityProvider
from simulators.serving import serving_http

SUBJECTS = {"employee-7": "sam"}


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    provider = IdentityProvider()
    provider.rotate("first", "ES256")
    async with serving_http(provider.app, "127.0.0.1", 0) as provider.issuer:
        yield provider


@pytest.fixture
async def company(provider: IdentityProvider, started: Callable[..., Awaitable[Any]]) -> AsyncIterator[Company]:
    """Give a company that takes the provider's tokens."""
    crm = await started(oidc_issuer=provider.issuer, oidc_audience=AUDIENCE, oidc_subjects=SUBJECTS)
    async with furnished(crm) as company:
        for person, roles in (("ada", ["admin"]), ("rea", ["reader"])):
            record = {"name": person, "email": f"{person.title()}@example.com", "access": roles}
            assert (await crm.ann.put(f"/v1/config/person/{person}", json=record)).status_code == 200
        yield company


async def answer(company: Company, token: str, path: str = "/v1/audit") -> tuple[int, str]:
    """Read something with a token; give how it was answered."""
    told = await company.showing(token).get(path)
    return told.status_code, "" if told.status_code == 200 else told.json()["title"]


async def test_a_person_is_known_by_a_confirmed_email_or_by_the_subject_that_the_settings_name(
    company: Company, provider: IdentityProvider
) -> None:
    ada = {"email": "ada@EXAMPLE.com", "email_verified": True}
    assert await answer(company, provider.token(**ada)) == (200, "")
    assert await answer(company, provider.token(**ada | {"email": "rea@example.com"})) == (403, "You may not do this")
    nobody = (403, "Nobody here is you")
    assert await answer(company, provider.token(**ada | {"email_verified": False})) == nobody
    assert await answer(company, provider.token(email="ada@example.com")) == nobody
    assert await answer(company, provider.token(**ada | {"email": "eve@example.com"})) == nobody
    item = await company.deal("sam")
    assert await answer(company, provider.token(sub="employee-7"), f"/v1/items/{item}") == (200, "")
    await company.crm.ann.put("/v1/config/person/ada2", json={"name": "Ada", "email": "ada@example.com"})
    assert await answer(company, provider.token(**ada, jti="two people have this email now")) == nobody


async def test_a_token_that_is_not_valid_opens_nothing(company: Company, provider: IdentityProvider) -> None:
    stranger = IdentityProvider()
    stranger.rotate("first", "ES256")
    stranger.issuer = provider.issuer
    for token in (provider.token(aud="another"), stranger.token()):
        assert await answer(company, token) == (401, "The token is not valid")
    assert await answer(company, "not-a-token") == (401, "Who are you?")


async def test_a_provider_that_is_away_from_the_start_is_503_and_programs_go_on(
    company: Company, provider: IdentityProvider
) -> None:
    provider.away = True
    assert await answer(company, provider.token()) == (503, "The identity provider does not answer; try again")
    assert await answer(company, (await company.key("ada"))["key"]) == (200, "")
