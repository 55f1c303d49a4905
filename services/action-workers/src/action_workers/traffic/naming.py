"""What names an account: the connection that an effect goes by, and the host where a connection leads to any."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from contracts.config import Connection
from pydantic import ValidationError

from action_workers.providers.accounts import Provider
from action_workers.traffic.limits import Limits

HOST = " at "


def account_of(connection: Connection, provider: type[Provider], params: Mapping[str, Any]) -> str:
    """Name the account that an effect goes through."""
    name = f"{connection.provider}/{connection.id}"
    return name if provider.one_place(connection.settings) else f"{name}{HOST}{host(str(params.get('url', '')))}"


def host(url: str) -> str:
    """Give the host of an address, "" for none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def parts(account: str) -> tuple[str, str]:
    """Give the provider and the connection of an account."""
    provider, _, rest = account.partition("/")
    connection, host_too, _ = rest.rpartition(HOST)
    return provider, connection if host_too else rest


def limits_of(provider: type[Provider] | None, settings: Mapping[str, Any]) -> Limits:
    """Give the limits of an account from its connection's settings.

    What nobody can read limits nothing here: each attempt is refused for it, in words.
    """
    if provider is None:
        return Limits()
    try:
        return Limits.model_validate(settings.get("limits") or {}).over(provider.LIMITS)
    except ValidationError:
        return provider.LIMITS
