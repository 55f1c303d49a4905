"""Behind a proxy: whoever is trusted says for whom it asks, and nobody else does."""

import httpx
import pytest
from chassis.http import behind
from chassis.settings import ServiceSettings
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

CLIENT, PROXY = "203.0.113.9", "10.1.2.3"


async def who(request: Request) -> Response:
    return PlainTextResponse(request.client.host if request.client else "")


async def heard(*proxies: str, says: str = CLIENT) -> str:
    """Give whom an application sees that trusts these proxies, where one at 10.1.2.3 asks for somebody."""
    app = behind(Starlette(routes=[Route("/", who)]), proxies)
    transport = httpx.ASGITransport(app, client=(PROXY, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return (await client.get("/", headers={"X-Forwarded-For": says})).text


async def test_a_trusted_proxy_says_for_whom_it_asks() -> None:
    assert await heard("10.0.0.0/8") == CLIENT
    assert await heard("10.1.2.3/32") == CLIENT


async def test_nobody_else_does() -> None:
    assert await heard() == PROXY
    assert await heard("192.168.0.0/16") == PROXY


async def test_of_what_a_client_says_itself_only_the_proxys_own_word_counts() -> None:
    assert await heard("10.0.0.0/8", says=f"198.51.100.1, {CLIENT}") == CLIENT


@pytest.mark.parametrize(("written", "read"), [("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32")])
def test_proxies_are_addresses_or_networks(written: str, read: str) -> None:
    settings = ServiceSettings.model_validate({"database_url": SecretStr("x"), "trusted_proxies": [written]})
    assert [*map(str, settings.trusted_proxies)] == [read]


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        ServiceSettings.model_validate({"database_url": SecretStr("x"), "trusted_proxies": ["the proxy"]})
