"""The command of a service: one role, all of them in one process, or the migrations."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_settings import SettingsError

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
        settings = read_settings(self.settings)
        telemetry.configure_logs(self.service, settings.log_level)
        if role == "migrate":
            migrate(settings.database_url.get_secret_value(), self.versions, rehearsal=settings.rehearsal)
        else:
            roles = self.roles if role == "all" else (role,)
            lifecycle.main(lambda stop: self.run(roles, settings, stop))


def read_settings(kind: type[Chosen]) -> Chosen:
    """Read the settings from the environment; ends with 2 and the variables to mend, never with their values."""
    try:
        return kind()
    except ValidationError as error:
        wrong = [
            f"{variable(kind, str(e['loc'][0]))}: {e['msg']}"
            for e in error.errors(include_url=False, include_input=False)
        ]
    except SettingsError as error:
        wrong = [f"{error}: it must be JSON"]
    sys.stderr.write("The settings do not fit:\n" + "".join(f"  {line}\n" for line in wrong))
    raise SystemExit(2)


def variable(kind: type[ServiceSettings], name: str) -> str:
    """Give the environment variable of a setting; those that all services share have no prefix."""
    field = kind.model_fields.get(name)
    shared = field is not None and field.validation_alias is not None
    return name.upper() if shared else f"{kind.model_config['env_prefix']}{name}".upper()
