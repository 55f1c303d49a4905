"""Which account at a provider an effect goes through, with its secrets opened."""

from collections.abc import Collection, Mapping
from typing import Any

from chassis.errors import Rejected
from chassis.secrets import Sealer, SecretUnreadable
from contracts.config import Connection


def chosen(connections: Mapping[str, Connection], wanted: str, providers: Collection[str]) -> Connection:
    """Give the connection that a rule names, or the only one of these providers; raises `Rejected`."""
    if wanted:
        named = connections.get(wanted)
        if named is None:
            raise Rejected(f"there is no connection '{wanted}'; name one that exists, or add it")
        if named.provider not in providers:
            raise Rejected(f"connection '{wanted}' is for {named.provider}, which cannot do this")
        return named
    fitting = sorted((c for c in connections.values() if c.provider in providers), key=lambda c: c.id)
    if not fitting:
        raise Rejected(f"no connection to {' or '.join(sorted(providers))}; add one")
    if len(fitting) > 1:
        raise Rejected(f"several connections fit ({', '.join(c.id for c in fitting)}); name one in the rule")
    return fitting[0]


def limits(allowed: Mapping[str, Any]) -> dict[str, Any]:
    """Give where the deployment lets rules go, also where it says nothing: no connection can allow more."""
    return {"ports": allowed.get("ports", (80, 443)), "inside_hosts": allowed.get("inside_hosts", ())}


def within(connection: Connection, allowed: Mapping[str, Any]) -> Connection:
    """Give a connection to what people write, held to what the deployment allows of the web."""
    return connection.model_copy(update={"settings": {**allowed, **connection.settings, **limits(allowed)}})


def opened(connection: Connection, sealer: Sealer | None, sealed_as: str = "connection") -> dict[str, Any]:
    """Give settings and secrets of a connection in clear; raises `Rejected`."""
    if connection.secrets and sealer is None:
        raise Rejected(f"connection '{connection.id}' has secrets, and this deployment has no SECRET_KEY")
    try:
        secrets = {
            name: sealer.open(sealed, f"{sealed_as}/{connection.id}/{name}")
            for name, sealed in connection.secrets.items()
            if sealer is not None
        }
    except SecretUnreadable as error:
        raise Rejected(f"connection '{connection.id}': {error}; enter the secret again") from None
    return {**connection.settings, **secrets}
