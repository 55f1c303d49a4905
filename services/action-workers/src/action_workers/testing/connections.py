"""Connections to the simulator's providers."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from chassis.secrets import Sealer
from contracts.config import ConfigChanged, Connection
from simulators import Simulation

PAUSES = {"retry_first": 0.05, "retry_longest": 0.2, "retry_jitter": 0}
revisions = count(1)


def config(kind: str, id_: str, data: dict[str, Any]) -> ConfigChanged:
    """Give a change of the config, numbered after all before it."""
    return ConfigChanged(kind=kind, id=id_, revision=next(revisions), data=data, changed_at=datetime.now(UTC))


def connections(sim: Simulation, sealer: Sealer) -> list[Connection]:
    """Give connections to the simulator's providers, their secrets sealed."""
    host, _, port = sim.smtp.partition(":")

    def sealed(connection: str, name: str, value: str) -> dict[str, str]:
        return {name: sealer.seal(value, f"connection/{connection}/{name}")}

    sms = {"base_url": sim.http, "account_sid": sim.settings.twilio_account_sid, "from": "+15005550006", **PAUSES}
    mail = {"host": host, "port": int(port), "tls": "none", "from": "shop@example.com", "name": "The shop", **PAUSES}
    ads = {"base_url": sim.http, **PAUSES}
    token = sim.settings.twilio_auth_token.get_secret_value()
    ads_token = sim.settings.meta_access_token.get_secret_value()
    return [
        Connection(id="sms", provider="twilio", settings=sms, secrets=sealed("sms", "auth_token", token)),
        Connection(id="mail", provider="smtp", settings=mail),
        Connection(id="meta", provider="meta", settings=ads, secrets=sealed("meta", "access_token", ads_token)),
    ]
