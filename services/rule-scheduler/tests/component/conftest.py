"""What component tests of the scheduler share."""

from collections.abc import AsyncIterator

import pytest
from chassis.testing import Deployment
from rule_scheduler.testing import Deployed, deployed


@pytest.fixture
async def scheduler(deployment: Deployment) -> AsyncIterator[Deployed]:
    """Give a scheduler's servers and all who speak to it; modules that begin with more have one of their own."""
    async with deployed(deployment) as scheduler:
        yield scheduler
