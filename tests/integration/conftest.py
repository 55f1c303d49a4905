"""A world for a whole session (a process for each service), and a wide one (a process for each role) for faults."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stack import Stack

from deploy.demo.shop import Shop
from deploy.local import Installation
from tests.integration.watch import Watch
from tests.integration.world import World

HOME = Path(".local")
QUICK = {"SESSION_TIMEOUT": "6", "PROGRESS_EVERY": "0.5"}


@pytest.fixture(scope="session")
async def world(stack: Stack) -> AsyncIterator[World]:
    installation = Installation(stack, HOME, prefix="small.", partitions=3, more=QUICK)
    async with installation:
        shop = Shop(delay=1)
        await shop.set_up(installation.crm, installation.gateway, installation.simulators)
        yield World(installation, shop)


@pytest.fixture
async def watch(world: World) -> AsyncIterator[Watch]:
    """Watch as the operator; nothing that a test does is an error of ours, or a dead letter."""
    began = await Watch.begin(world)
    yield began
    assert began.errors() == []
    assert await began.counted("signalbox_dead_letters") == 0


@pytest.fixture(scope="module")
async def wide_world(stack: Stack) -> AsyncIterator[World]:
    installation = Installation(stack, HOME, layout="wide", prefix="wide.", partitions=3, more=QUICK)
    async with installation:
        shop = Shop(delay=1)
        await shop.set_up(installation.crm, installation.gateway, installation.simulators)
        yield World(installation, shop)
