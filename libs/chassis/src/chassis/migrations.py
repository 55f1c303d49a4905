"""Migrations: Alembic, one environment for all services, each with its own versions."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from alembic import command, op
from alembic.config import Config

from chassis import schema

ENVIRONMENT = Path(__file__).parent / "alembic_environment"


def run(*statements: str) -> None:
    """Run statements inside a migration, each by itself."""
    for statement in statements:
        op.execute(statement)


def migrate(url: str, versions: Path, *, rehearsal: bool = False) -> None:
    """Bring a database to the newest of the versions in a folder, and give it the clock that the deployment has."""
    config = Config()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    command.upgrade(config, "head")
    asyncio.run(set_clock(url, rehearsal=rehearsal))


async def set_clock(url: str, *, rehearsal: bool) -> None:
    """Let `signalbox_now()` follow the rehearsal clock, or real time alone."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(schema.REHEARSAL_CLOCK if rehearsal else schema.PRODUCTION_CLOCK)
    finally:
        await connection.close()


async def entitle(url: str, role: str, append_only: Sequence[str] = ()) -> None:
    """Give a role what a service needs that runs as it: all rows, but only to add to tables that are append-only."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for statement in (*schema.ENTITLE, *(schema.ADD_ONLY.format(table=table) for table in append_only)):
                await connection.execute(statement.replace("{role}", role))
    finally:
        await connection.close()
