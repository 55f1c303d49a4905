"""What names an account: its connection, and the host where anybody may be asked; and the limits that hold for it."""

from typing import Any

import pytest
from action_workers.providers import PROVIDERS
from action_workers.traffic.limits import Limits
from action_workers.traffic.naming import account_of, host, limits_of, parts
from contracts.config import Connection

HOOKS = {"base_url": "https://a.example/hooks"}


@pytest.mark.parametrize(
    ("provider", "settings", "url", "name"),
    [
        ("twilio", {}, "", "twilio/x"),
        ("smtp", {}, "https://a.example/", "smtp/x"),
        ("webhook", HOOKS, "/orders", "webhook/x"),
        ("webhook", {}, "https://A.example:8443/orders?x=1", "webhook/x at a.example"),
        ("web", {}, "https://user:secret@a.example/", "web/x at a.example"),
        ("web", {}, "http://[::1]:80/", "web/x at ::1"),
        ("web", {}, "http://[::1", "web/x at "),
        ("web", {}, "no address", "web/x at "),
        ("app", {}, "https://a.example/", "app/x"),
    ],
)
def test_an_account_is_a_connection_and_a_host_where_it_leads_to_any(
    provider: str, settings: dict[str, Any], url: str, name: str
) -> None:
    connection = Connection(id="x", provider=provider, settings=settings)
    assert account_of(connection, PROVIDERS[provider], {"url": url}) == name
    assert parts(name) == (provider, "x")


def test_an_action_without_an_address_leads_to_no_host() -> None:
    assert account_of(Connection(id="x", provider="web"), PROVIDERS["web"], {}) == "web/x at "
    assert host("") == ""


@pytest.mark.parametrize("id_", ["x", "x/y", "shop.2", "касса"])
def test_the_connection_is_found_again_in_the_name(id_: str) -> None:
    for provider in ("twilio", "web"):
        name = account_of(Connection(id=id_, provider=provider), PROVIDERS[provider], {"url": "https://a.example"})
        assert parts(name) == (provider, id_)


@pytest.mark.parametrize(
    ("provider", "settings", "limits"),
    [
        ("telegram", {}, Limits(per_second=30)),
        ("telegram", {"limits": None}, Limits(per_second=30)),
        ("telegram", {"limits": {"at_once": 2}}, Limits(per_second=30, at_once=2)),
        ("telegram", {"limits": {"per_second": None}}, Limits(per_second=None)),
        ("telegram", {"limits": {"per_second": "many"}}, Limits(per_second=30)),
        ("telegram", {"limits": {"per_minute": 3}}, Limits(per_second=30)),
        ("telegram", {"limits": "none"}, Limits(per_second=30)),
        ("twilio", {"limits": {"per_second": 1}}, Limits(per_second=1)),
        ("nobody", {"limits": {"per_second": 1}}, Limits()),
    ],
)
def test_limits_are_the_connection_s_else_as_usual_and_what_cannot_be_read_limits_nothing(
    provider: str, settings: dict[str, Any], limits: Limits
) -> None:
    assert limits_of(PROVIDERS.get(provider), settings) == limits
