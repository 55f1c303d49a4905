"""What operators do with an installation: errands of services, backups of their databases, groups rewound."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chassis.replay import rewind
from signalbox.agreement import Disagreement, disagreements

from deploy.local.environment import SERVICES
from deploy.local.installation import BIN
from tests.integration.world import World

# Records are stamped by those who send them; what was under way at the backup must come again too.
MARGIN = timedelta(seconds=5)


@dataclass
class Operator:
    """Somebody with a shell beside a running installation."""

    world: World
    backups: list[str] = field(default_factory=list)

    async def errand(self, service: str, *arguments: str) -> str:
        """Run an errand of a service, and give what it printed."""
        up = self.world.installation
        environment = up.environment.of(service, f"{service}.errand", up.crm.url)
        process = await asyncio.create_subprocess_exec(
            str(BIN / service),
            *arguments,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await asyncio.wait_for(process.communicate(), 300)
        assert process.returncode == 0, told.decode()
        return told.decode()

    @asynccontextmanager
    async def stopped(self, service: str) -> AsyncIterator[None]:
        """Have a service stand still while the block lasts."""
        up = self.world.installation
        up.stop(f"{service}.all")
        yield
        up.start(f"{service}.all")
        await up.ready(f"{service}.all")

    async def back_up(self, service: str) -> datetime:
        """Copy a service's database, and give since when its topics must be read again."""
        up = self.world.installation
        async with self.stopped(service):
            since = datetime.now(UTC) - MARGIN
            name = up.environment.database(service)
            self.backups.append(f"{name}_backup")
            await up.stack.create_database(f"{name}_backup", template=name)
        return since

    async def put_back(self, service: str) -> None:
        """Put a backup in place of a service's database; the service must stand still."""
        up = self.world.installation
        name = up.environment.database(service)
        await up.stack.drop_database(name)
        await up.stack.create_database(name, template=f"{name}_backup")

    async def rewind(self, *groups: str, to: datetime) -> None:
        """Let groups read again from a moment on."""
        for group in groups:
            await rewind(self.world.installation.kafka, group, to)

    async def disagreements(self) -> list[Disagreement]:
        """Compare the tables of all services."""
        up = self.world.installation
        return await disagreements({s: up.stack.database(up.environment.database(s)) for s in SERVICES})

    async def agreed(self) -> None:
        """Wait until all services say the same, and say it still a moment later."""

        async def agree() -> bool:
            if await self.disagreements():
                return False
            await asyncio.sleep(1)
            return not await self.disagreements()

        async def told() -> list[str]:
            return [one.line() for one in await self.disagreements()]

        await self.world.until(agree, otherwise=told)

    async def forget(self) -> None:
        """Drop the backups."""
        for name in self.backups:
            await self.world.installation.stack.drop_database(name)
