"""Time in a local installation whose clock can be moved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from signalbox.rehearsal import Stepping, opened

from deploy.local.environment import SERVICES
from deploy.local.installation import Installation


@asynccontextmanager
async def rehearsing(installation: Installation) -> AsyncIterator[Stepping]:
    """Give what moves an installation through time; raises `NoRehearsal` where its clock is real."""
    up = installation.environment
    databases = {service: up.stack.database(up.database(service)) for service in SERVICES}
    async with opened(databases, installation.kafka, installation.crm.url, up.tokens["user:manager"]) as rehearsal:
        yield Stepping(rehearsal)
