"""Two companies on one Kafka cluster and one PostgreSQL server: neither sees anything of the other."""

from typing import Any

import httpx
import pytest
from chassis.kafka import standing
from contracts import topics
from stack import Stack

from deploy.demo.shop import Shop
from deploy.local import Installation
from tests.integration.conftest import HOME, QUICK
from tests.integration.world import World


async def told_of(world: World) -> set[str]:
    """Give every item that a deployment's topics tell of."""
    kafka = world.installation.kafka
    records = await standing(kafka, topics.ITEMS.name, kafka.partitions)
    return {(record.key or b"").decode() for record in records} - {"progress"}


async def knows(world: World, item: dict[str, Any]) -> bool:
    answer = await world.installation.crm.http.get(f"/v1/items/{item['id']}")
    assert answer.status_code in {httpx.codes.OK, httpx.codes.NOT_FOUND}
    return answer.is_success


@pytest.mark.req("M4")
async def test_two_deployments_share_their_servers_without_seeing_each_other(world: World, stack: Stack) -> None:
    installation = Installation(stack, HOME, prefix="second.", partitions=3, more=QUICK)
    async with installation:
        shop = Shop(delay=1)
        await shop.set_up(installation.crm, installation.gateway, installation.simulators)
        other = World(installation, shop)
        here, there = await world.deal(amount="900 EUR"), await other.deal(amount="900 EUR")
        for company, deal in ((world, here), (other, there)):
            await company.rule_is(deal["id"], "nudge", "succeeded")
            await company.rule_is(deal["id"], "greet", "succeeded")
        for company, own, foreign in ((world, here, there), (other, there, here)):
            assert await knows(company, own)
            assert not await knows(company, foreign)
            told = await told_of(company)
            assert own["id"] in told
            assert foreign["id"] not in told
            assert len(await company.sms_to(own["phone"])) == 2
            assert await company.sms_to(foreign["phone"]) == []
