"""Connections to the simulator's providers."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from chassis.secrets import Sealer
from contracts.config import ConfigChanged, Connection
from simulators import Simulation
from simulators.app import manifest

PAUSES = {"retry_first": 0.05, "retry_longest": 0.2, "retry_jitter": 0}
revisions = count(1)
# It opens nothing but tests.
SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


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
    shop = {"base_url": f"{sim.http}/web", **PAUSES}
    google = {**ads, "token_url": f"{sim.http}/oauth2/token", "account": "1234567890"}
    known = sim.settings
    tokens = {"google": known.google_access_token, "vk": known.vk_access_token, "yandex": known.yandex_access_token}
    token = sim.settings.twilio_auth_token.get_secret_value()
    bot_token = sim.settings.telegram_bot_token.get_secret_value()
    ads_token = sim.settings.meta_access_token.get_secret_value()
    return [
        Connection(id="sms", provider="twilio", settings=sms, secrets=sealed("sms", "auth_token", token)),
        Connection(id="mail", provider="smtp", settings=mail),
        Connection(id="bot", provider="telegram", settings=ads, secrets=sealed("bot", "bot_token", bot_token)),
        Connection(id="shop", provider="webhook", settings=shop, secrets=sealed("shop", "secret", SECRET)),
        Connection(id="meta", provider="meta", settings=ads, secrets=sealed("meta", "access_token", ads_token)),
        *(
            Connection(
                id=id_,
                provider=id_,
                settings=settings,
                secrets=sealed(id_, "access_token", tokens[id_].get_secret_value()),
            )
            for id_, settings in (
                ("google", google),
                ("vk", {**ads, "account": "1601", "hashing": "md5"}),
                ("yandex", ads),
            )
        ),
    ]


def channel() -> ConfigChanged:
    """Give the channel in which clients write to the simulator's bot."""
    return config("source", "shop-bot", {"id": "shop-bot", "kind": "telegram", "token": "t"})


def app(sim: Simulation, sealer: Sealer, **more: Any) -> dict[str, Any]:
    """Give the record of the simulator's app as it is installed, its secret sealed."""
    return {
        **manifest(f"{sim.http}/app"),
        "secrets": {"secret": sealer.seal(sim.app.secret, "app/acme/secret")},
        **more,
    }
