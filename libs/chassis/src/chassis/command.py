"""The command of a service: one role, all of them in one process, the migrations, or a tool of its operators."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_settings import SettingsError

from chassis import lifecycle, telemetry
from chassis.migrations import migrate
from chassis.settings import ServiceSettings

Chosen = TypeVar("Chosen", bound=ServiceSettings)


@dataclass(frozen=True)
class Tool(Generic[Chosen]):
    """Something that an operator has done once; `options` says what may be told it, `run` ends when it is done."""

    description: str
    run: Callable[[Chosen, argparse.Namespace, asyncio.Event], Coroutine[Any, Any, None]]
    options: Callable[[argparse.ArgumentParser], None] = lambda _: None


@dataclass(frozen=True)
class Command(Generic[Chosen]):
    """What the command line of a service offers; `versions` is the folder of its migrations."""

    service: str
    description: str
    roles: Sequence[str]
    versions: Path
    settings: type[Chosen]
    run: Callable[[Sequence[str], Chosen, asyncio.Event], Coroutine[Any, Any, None]]
    tools: Mapping[str, Tool[Chosen]] = field(default_factory=dict)

    def main(self) -> None:
        """Run what the command line names."""
        told = self.parser().parse_args()
        settings = read_settings(self.settings)
        telemetry.configure_logs(self.service, settings.log_level)
        if told.role == "migrate":
            migrate(settings.database_url.get_secret_value(), self.versions, rehearsal=settings.rehearsal)
        elif told.role in self.tools:
            tool = self.tools[told.role]
            lifecycle.main(lambda stop: tool.run(settings, told, stop))
        else:
            roles = self.roles if told.role == "all" else (told.role,)
            lifecycle.main(lambda stop: self.run(roles, settings, stop))

    def parser(self) -> argparse.ArgumentParser:
        """Make the parser of the command line."""
        parser = argparse.ArgumentParser(self.service, description=self.description)
        names = parser.add_subparsers(dest="role", required=True, metavar="ROLE")
        for role in self.roles:
            names.add_parser(role, help="run this role")
        names.add_parser("all", help="run all roles in one process")
        names.add_parser("migrate", help="bring the database up to date")
        for name, tool in self.tools.items():
            tool.options(names.add_parser(name, help=tool.description, description=tool.description))
        return parser


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
