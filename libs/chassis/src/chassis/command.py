"""The command of a service: one role, all of them in one process, or the migrations."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from chassis import lifecycle, telemetry
from chassis.migrations import migrate
from chassis.settings import ServiceSettings

Chosen = TypeVar("Chosen", bound=ServiceSettings)


@dataclass(frozen=True)
class Command(Generic[Chosen]):
    """What the command line of a service offers; `versions` is the folder of its migrations."""

    service: str
    description: str
    roles: Sequence[str]
    versions: Path
    settings: type[Chosen]
    run: Callable[[Sequence[str], Chosen, asyncio.Event], Coroutine[Any, Any, None]]

    def main(self) -> None:
        """Run what the command line names."""
        parser = argparse.ArgumentParser(self.service, description=self.description)
        parser.add_argument("role", choices=[*self.roles, "all", "migrate"])
        role = parser.parse_args().role
        settings = self.settings()
        telemetry.configure_logs(self.service, settings.log_level)
        if role == "migrate":
            migrate(settings.database_url.get_secret_value(), self.versions, rehearsal=settings.rehearsal)
        else:
            roles = self.roles if role == "all" else (role,)
            lifecycle.main(lambda stop: self.run(roles, settings, stop))
