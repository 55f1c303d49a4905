"""A world for a session (a process for each service), a wide one (for each role) for faults, one with its own time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from signalbox.rehearsal import Stepping
from stack import Stack

from deploy.demo.shop import Shop
from deploy.local import Installation
from deploy.local.rehearsing import rehearsing
from tests.integration.watch import Watch
from tests.integration.world import World

HOME = Path(".local")
TICK = {"RULE_SCHEDULER_TICK": "0.02"}
QUICK = {"SESSION_TIMEOUT": "6", "PROGRESS_EVERY": "0.5"}
PATIENCE = timedelta(minutes=5)  # of a step of a rehearsal; it only ends what hangs


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


@pytest.fixture(scope="module")
async def rehearsal(stack: Stack, request: pytest.FixtureRequest) -> AsyncIterator[tuple[World, Stepping]]:
    """Give a world of the module's own, and what moves its clock, which never goes back."""
    prefix = request.module.__name__.rpartition(".")[2] + "."
    installation = Installation(stack, HOME, prefix=prefix, partitions=3, more=QUICK | TICK, rehearsal=True)
    async with installation, rehearsing(installation, patience=PATIENCE) as clock:
        shop = Shop(delay=1)
        await shop.set_up(installation.crm, installation.gateway, installation.simulators)
        yield World(installation, shop), clock
