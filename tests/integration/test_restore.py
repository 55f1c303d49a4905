"""A database is lost and its backup put back: what was told since comes back, and nothing goes out twice."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.integration.operators import Operator
from tests.integration.world import World

Json = dict[str, Any]


@pytest.fixture
async def operator(world: World) -> AsyncIterator[Operator]:
    operator = Operator(world)
    yield operator
    await operator.forget()


@dataclass
class Days:
    """What happens before and after the backup, and what must be there in the end."""

    world: World
    deals: list[str]

    async def before(self) -> None:
        """A deal that waits, and one that has come far."""
        waiting, far = await self.world.deal(amount="900 EUR"), await self.world.deal(amount="1500 EUR")
        self.deals += [waiting["id"], far["id"]]
        await self.world.rule_is(waiting["id"], "nudge", "succeeded")
        await self.world.installation.crm.move(far["id"], "documents")
        await self.world.rule_is(far["id"], "mail", "succeeded")

    async def after(self) -> None:
        """Moves, changes, a deletion, a form of somebody new, timers that fire: all this the backup does not know."""
        crm = self.world.installation.crm
        waiting, far = self.deals
        await crm.change(far, wish="With a drawer")
        await crm.move(waiting, "documents")
        await self.world.rule_is(waiting, "mail", "succeeded")
        fresh, gone = await self.world.deal(amount="10 EUR"), await self.world.deal(amount="20 EUR")
        await self.world.rule_is(fresh["id"], "nudge", "succeeded")
        await self.world.rule_is(gone["id"], "greet", "succeeded")
        await crm.ask("DELETE", f"/v1/items/{gone['id']}")
        await crm.configure("person", "nina", {"name": "Nina"})
        story = self.world.story()
        await story.a_form_is_posted()
        self.deals += [fresh["id"], story.deal]

    async def seen(self) -> list[Any]:
        """Give what must be the same after the repair: items, and where each rule stands."""
        crm = self.world.installation.crm
        items = [await crm.item(deal) for deal in self.deals]
        rules = [{key: row["state"] for key, row in (await self.world.rules(deal)).items()} for deal in self.deals]
        person = await crm.ask("GET", "/v1/config/person/nina")
        return [items, rules, person]

    async def sent(self) -> Counter[str]:
        """Count what the far ends accepted, and the tasks that were made."""
        counted = Counter[str]()
        for provider in ("twilio", "smtp", "meta"):
            counted[provider] = len(await self.world.installation.simulators.accepted(provider))
        return counted


async def lived(world: World, operator: Operator, service: str) -> tuple[Days, datetime]:
    """Live through the days before and after a backup of a service."""
    days = Days(world, [])
    await days.before()
    await world.rests()
    await operator.agreed()
    since = await operator.back_up(service)
    await days.after()
    await world.rests()
    await operator.agreed()
    return days, since


async def test_the_record_is_restored_and_all_agree_and_nothing_is_sent_twice(world: World, operator: Operator) -> None:
    days, since = await lived(world, operator, "crm-api")
    before, sent = await days.seen(), await days.sent()
    async with operator.stopped("crm-api"):
        await operator.put_back("crm-api")
        assert await operator.disagreements() != []
        await operator.errand("crm-api", "recover", "--since", since.isoformat())
        await operator.rewind("crm-api.consume", "crm-api.timeline", to=since)
    told = await operator.errand("crm-api", "announce", "--config")
    assert told.startswith("told: ")
    await operator.agreed()
    await world.rests()
    assert await days.seen() == before
    assert await days.sent() == sent


async def test_the_scheduler_is_restored_and_all_agree_and_nothing_is_sent_twice(
    world: World, operator: Operator
) -> None:
    days, since = await lived(world, operator, "rule-scheduler")
    before, sent = await days.seen(), await days.sent()
    async with operator.stopped("rule-scheduler"):
        await operator.put_back("rule-scheduler")
        assert await operator.disagreements() != []
        await operator.errand("rule-scheduler", "recover", "--since", since.isoformat())
        await operator.rewind("rule-scheduler.consume", "rule-scheduler.config", to=since)
    await operator.errand("crm-api", "announce")
    await operator.errand("rule-scheduler", "announce")
    await operator.agreed()
    await world.rests()
    assert await days.seen() == before
    assert await days.sent() == sent
