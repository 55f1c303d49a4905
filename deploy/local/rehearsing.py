"""Time in a local installation whose clock can be moved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from signalbox.rehearsal import Stepping, opened
from signalbox.rehearsal.quiet import PATIENCE
from signalbox.settings import DATABASES

from deploy.local.installation import Installation


@asynccontextmanager
async def rehearsing(installation: Installation, *, patience: timedelta = PATIENCE) -> AsyncIterator[Stepping]:
    """Give what moves an installation through time; raises `NoRehearsal` where its clock is real.

    `patience` is how long a step may take to come to its end.
    """
    up = installation.environment
    databases = {service: up.stack.database(up.database(service)) for service in DATABASES}
    async with opened(databases, installation.kafka, installation.crm.url, up.tokens["user:manager"]) as rehearsal:
        yield Stepping(rehearsal, patience=patience)


def variables(installation: Installation) -> dict[str, str]:
    """Give the variables by which the command `signalbox` finds an installation."""
    up = installation.environment
    databases = {name.upper(): up.stack.database(up.database(service)) for service, name in DATABASES.items()}
    return databases | {
        "KAFKA_BOOTSTRAP_SERVERS": up.stack.kafka,
        "KAFKA_PARTITIONS": str(up.partitions),
        "TOPIC_PREFIX": up.prefix,
        "SIGNALBOX_CRM_API_URL": installation.crm.url,
        "SIGNALBOX_CRM_API_TOKEN": up.tokens["user:manager"],
    }
