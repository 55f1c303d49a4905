"""Sets up the furniture shop in a running installation, through the API that its people would use."""

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import httpx
from ruamel.yaml import YAML

from deploy.local import Crm, Gateway, Simulators

HERE = Path(__file__).parent
OPENS_WITHIN = 120.0


@dataclass(frozen=True)
class Shop:
    """The shop as the outside meets it: the tokens of its doors and the secret of its payments.

    `delay` is the wait of the rule *after N seconds*; in life it is minutes to years.
    """

    delay: int = 3
    site_token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    stripe_token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    stripe_secret: str = field(default_factory=lambda: "whsec_" + secrets.token_urlsafe(24))

    async def set_up(self, crm: Crm, gateway: Gateway, simulators: Simulators) -> None:
        """Write the shop's config, publish its pipelines, open its doors."""
        contract = await crm.keep_file((HERE / "contract.html").read_bytes(), "text/html")
        document = self.document(contract, gateway, simulators)
        # In their order: a person's supervisor must be known before them.
        for key, record in document["config"].items():
            await configure(crm, key, record)
        for pipeline, stages in document["pipelines"].items():
            await crm.publish(pipeline, stages)
        for key, record in document["sources"].items():
            await configure(crm, key, record)
        await asyncio.gather(opened(gateway, "site", self.site_token), opened(gateway, "stripe", self.stripe_token))

    def document(self, contract: str, gateway: Gateway, simulators: Simulators) -> dict[str, Any]:
        """Give the shop's document with its blanks filled in."""
        host, _, port = simulators.smtp.rpartition(":")
        written = Template((HERE / "shop.yaml").read_text()).substitute(
            contract=contract,
            delay=self.delay,
            public_url=gateway.url,
            simulators=simulators.inside_url,
            smtp_host=host,
            smtp_port=port,
            site_token=self.site_token,
            stripe_token=self.stripe_token,
            stripe_secret=self.stripe_secret,
        )
        return dict(YAML(typ="safe").load(written))


async def opened(gateway: Gateway, source: str, token: str) -> None:
    """Wait until the gateway's copy of the config holds a door: until it asks for more than the address."""
    try:
        async with asyncio.timeout(OPENS_WITHIN):
            while (await gateway.submit(source, token, {})).status_code == httpx.codes.NOT_FOUND:  # noqa: ASYNC110  seen from outside
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise RuntimeError(f"the door '{source}' did not open within {OPENS_WITHIN:.0f} s") from None


async def configure(crm: Crm, key: str, record: dict[str, Any]) -> None:
    """Write one record named `kind/id`."""
    kind, _, id_ = key.partition("/")
    await crm.configure(kind, id_, record)
