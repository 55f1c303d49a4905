"""Deals that move to and fro between two stages, each of which sends an SMS at once: the road that is measured."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.demo.shop import Shop
from deploy.local import Installation

RULE = {"key": "tell", "do": {"send-sms": {"to": "contact", "text": "Your order '{{ item.title }}' has moved on."}}}
PIPELINE = {"stages": [{"key": "left", "rules": [RULE]}, {"key": "right", "rules": [RULE]}]}
OURS = "+35191"
OTHER = {"left": "right", "right": "left"}


@dataclass
class Moving:
    """The deals of a benchmark, and the phone of each."""

    installation: Installation
    deals: list[dict[str, Any]] = field(default_factory=list)

    async def set_up(self, count: int) -> None:
        """Make the pipeline and its deals, and wait until the SMS of their creation are through."""
        crm = self.installation.crm
        await Shop().set_up(crm, self.installation.gateway, self.installation.simulators)
        await crm.publish("deal/bench", PIPELINE)
        for start in range(0, count, 20):
            self.deals += await asyncio.gather(*(self._deal(n) for n in range(start, min(start + 20, count))))
        await self.arrived(count)

    async def _deal(self, n: int) -> dict[str, Any]:
        crm = self.installation.crm
        phone = f"{OURS}{n:07d}"
        contact = await crm.create("contact", title="C", fields={"phone": phone, "name": "C"})
        link = {"role": "contact", "type": "contact", "id": contact["id"]}
        deal = await crm.create("deal", pipeline="deal/bench", stage="left", title=f"Order {n}", links=[link])
        return {"id": deal["id"], "phone": phone, "stage": "left"}

    async def move(self, n: int) -> None:
        """Move one of the deals to its other stage."""
        deal = self.deals[n % len(self.deals)]
        deal["stage"] = OTHER[deal["stage"]]
        await self.installation.crm.move(deal["id"], deal["stage"])

    async def arrived(self, count: int, *, within: float = 120.0) -> list[dict[str, Any]]:
        """Wait until the simulator holds so many SMS of the deals, and give them."""
        return await arrived(self.installation, OURS, count, within=within)

    def latencies(self, began: list[float], held: list[dict[str, Any]]) -> list[float]:
        """Give the seconds from each move's request to its SMS, the n-th move of a phone to its n-th SMS."""
        of: dict[str, list[float]] = {}
        for sms in held:
            of.setdefault(sms["to"], []).append(datetime.fromisoformat(sms["received_at"]).timestamp())
        taken: dict[str, int] = {}
        found = []
        for n, at in enumerate(began):
            phone = self.deals[n % len(self.deals)]["phone"]
            rank = taken.get(phone, 0) + 1  # the first is the SMS of the creation
            taken[phone] = rank
            found.append(of[phone][rank] - at)
        return found


async def arrived(
    installation: Installation, prefix: str, count: int, *, within: float = 120.0
) -> list[dict[str, Any]]:
    """Wait until the simulator holds so many SMS to numbers with a prefix, and give them."""
    async with asyncio.timeout(within):
        while True:
            held = [s for s in await installation.simulators.accepted("twilio") if s["to"].startswith(prefix)]
            if len(held) >= count:
                return held
            await asyncio.sleep(0.5)
