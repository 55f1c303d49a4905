"""The whole system as one test sees it: a running installation, the shop set up in it, its clients."""

import asyncio
import itertools
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from typing_extensions import override

from deploy.demo.screen import Screen
from deploy.demo.shop import Shop
from deploy.demo.story import Story
from deploy.local import Installation
from deploy.local.clients import Crm, Refused
from tests.integration.rest import at_rest

Found = TypeVar("Found")
Json = dict[str, Any]
PATIENCE = 120.0  # seconds; it only ends what hangs
NUMBERS = itertools.count(secrets.randbelow(9_000_000))


class Silent(Screen):
    """Tells the story to nobody."""

    @override
    def step(self, text: str) -> None:
        """Say nothing."""

    @override
    def fact(self, text: str) -> None:
        """Say nothing."""


@dataclass
class World:
    """A running installation with the shop in it."""

    installation: Installation
    shop: Shop

    def story(self, *, within: float = PATIENCE) -> Story:
        """Give the story of a new client."""
        up = self.installation
        return Story(self.shop, up.crm, up.gateway, up.simulators, Silent(), within=within)

    async def rests(self) -> None:
        """Wait until all that was set going has come to its end, but for what waits for its moment."""
        await at_rest(self.installation)

    async def deal(self, *, pipeline: str = "deal/retail", email: str = "", **fields: Any) -> Json:
        """Make a contact and a deal of theirs in the first stage, as the manager would."""
        phone = f"+35191{next(NUMBERS):07d}"
        email = email or f"c{phone[-7:]}@example.com"
        told = {"name": "Rita Silva", "phone": phone, "email": email}
        contact = await self.installation.crm.create("contact", title="Rita Silva", fields=told)
        link = {"role": "contact", "type": "contact", "id": contact["id"]}
        deal = await self.installation.crm.create(
            "deal", pipeline=pipeline, title="Pine shelf", fields=fields, links=[link], responsible="mara"
        )
        return {**deal, "phone": phone, "email": email, "contact": contact["id"]}

    async def sms_to(self, phone: str) -> list[str]:
        """Give the texts that a phone received."""
        accepted = await self.installation.simulators.accepted("twilio")
        return [sms["body"] for sms in accepted if sms["to"] == phone]

    async def notices(self, person: str, item: str) -> list[Json]:
        """Give what a person reads about an item, with a key of their own."""
        crm = self.installation.crm
        key = (await crm.ask("POST", "/v1/api-keys", json={"person": person, "name": "to read notices"}))["key"]
        reader = Crm(crm.url, key)
        try:
            told = (await reader.ask("GET", "/v1/notices"))["notices"]
        finally:
            await reader.close()
        return [notice for notice in told if notice["item"] == item]

    async def rules(self, deal: str) -> dict[str, Json]:
        """Give the rows of an item's rules by key; of several activations the last."""
        rows = await self.installation.crm.timeline(deal)
        return {row["rule"]: row for row in rows if row["kind"] == "rule"}

    async def lines(self, item: str, kind: str) -> list[Json]:
        """Give the lines of a kind on an item's timeline."""
        return [row for row in await self.installation.crm.timeline(item) if row["kind"] == kind]

    async def rule_is(self, deal: str, key: str, *states: str, within: float = PATIENCE) -> Json:
        """Wait until a rule of an item is in one of these states, and give its row."""

        async def look() -> Json | None:
            row = (await self.rules(deal)).get(key)
            return row if row and row["state"] in states else None

        return await self.until(look, within=within, otherwise=lambda: self.rules(deal))

    async def stands(self, item: str, stage: str) -> Json:
        """Wait until an item stands in a stage, and give it."""
        crm = self.installation.crm

        async def look() -> Json | None:
            found = await crm.item(item)
            return found if found["stage"] == stage else None

        return await self.until(look, otherwise=lambda: crm.timeline(item))

    async def until(
        self,
        look: Callable[[], Awaitable[Found | None]],
        *,
        within: float = PATIENCE,
        otherwise: Callable[[], Awaitable[Any]] | None = None,
    ) -> Found:
        """Look until it is there, past a service that is being started again; fails with what `otherwise` shows."""
        try:
            async with asyncio.timeout(within):
                while not (found := await patiently(look)):  # noqa: ASYNC110  seen from outside, as its users see it
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"not within {within} s: {await otherwise() if otherwise else ''}") from None
        return found


async def patiently(look: Callable[[], Awaitable[Found | None]]) -> Found | None:
    """Look, taking a service that is away, or says that it cannot now, for *nothing there yet*."""
    try:
        return await look()
    except httpx.TransportError:
        return None
    except Refused as refused:
        if refused.answer.is_server_error:
            return None
        raise
