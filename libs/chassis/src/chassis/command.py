"""The command of a service: one role, all of them in one process, the migrations, or an errand."""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_settings import SettingsError

from chassis import lifecycle, telemetry
from chassis.migrations import entitle, migrate
from chassis.settings import ServiceSettings

Chosen = TypeVar("Chosen", bound=ServiceSettings)


class ErrandRefused(Exception):
    """An errand was not done; the message is for whoever sent it."""


@dataclass(frozen=True)
class Errand(Generic[Chosen]):
    """Something that a service does once, with the process not running; `run` gives what is to be printed."""

    name: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Chosen, argparse.Namespace], Coroutine[Any, Any, str]]


@dataclass(frozen=True)
class Command(Generic[Chosen]):
    """What the command line of a service offers.

    `versions` is the folder of its migrations, `append_only` are tables whose rows the service itself cannot change.
    """

    service: str
    description: str
    roles: Sequence[str]
    versions: Path
    settings: type[Chosen]
    run: Callable[[Sequence[str], Chosen, asyncio.Event], Coroutine[Any, Any, None]]
    errands: Sequence[Errand[Chosen]] = ()
    append_only: Sequence[str] = ()

    def main(self) -> None:
        """Run what the command line names."""
        parser = argparse.ArgumentParser(self.service, description=self.description)
        roles = parser.add_subparsers(dest="role", required=True, metavar="role")
        for role in (*self.roles, "all", "migrate"):
            roles.add_parser(role)
        for errand in self.errands:
            errand.arguments(roles.add_parser(errand.name))
        self._do(parser.parse_args())

    def _do(self, arguments: argparse.Namespace) -> None:
        role = arguments.role
        settings = read_settings(self.settings)
        telemetry.configure_logs(self.service, settings.log_level)
        errand = next((errand for errand in self.errands if errand.name == role), None)
        if role == "migrate":
            self._migrate(settings)
        elif errand is not None:
            sys.stdout.write(sent(errand.run(settings, arguments)))
        else:
            roles = self.roles if role == "all" else (role,)
            lifecycle.main(lambda stop: self.run(roles, settings, stop))

    def _migrate(self, settings: Chosen) -> None:
        url = settings.database_url.get_secret_value()
        migrate(url, self.versions, rehearsal=settings.rehearsal)
        if settings.application_role:
            asyncio.run(entitle(url, settings.application_role, self.append_only))


def sent(errand: Coroutine[Any, Any, str]) -> str:
    """Do an errand and give what it says; ends with 1 and its words where it is refused."""
    try:
        return asyncio.run(errand) + "\n"
    except ErrandRefused as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


def since(parser: argparse.ArgumentParser) -> None:
    """Let an errand be told since when."""
    parser.add_argument("--since", type=moment, metavar="ISO", help="a moment, such as 2026-03-02T10:00:00Z")


def moment(written: str) -> datetime:
    """Read a moment; one without a zone is UTC; raises what the command line tells."""
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{written!r} is no moment; write it like 2026-03-02T10:00:00Z") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def read_settings(kind: type[Chosen]) -> Chosen:
    """Read the settings from the environment; ends with 2 and the variables to mend, never with their values."""
    try:
        return kind()
    except ValidationError as error:
        wrong = [told(kind, one) for one in error.errors(include_url=False, include_input=False)]
    except SettingsError as error:
        wrong = [f'{unread(kind, str(error))}: it must be JSON, such as [80, 443] or {{"a": "b"}}']
    sys.stderr.write("The settings do not fit:\n" + "".join(f"  {line}\n" for line in wrong))
    raise SystemExit(2)


def unread(kind: type[ServiceSettings], words: str) -> str:
    """Give the variable of a setting that could not be taken apart; the words name its field in quotes."""
    named = re.search(r'field "(\w+)"', words)
    return variable(kind, named[1]) if named else words


def told(kind: type[ServiceSettings], error: Any) -> str:
    """Give an error with the variable to mend; one of several settings together names them itself."""
    return f"{variable(kind, str(error['loc'][0]))}: {error['msg']}" if error["loc"] else str(error["msg"])


def variable(kind: type[ServiceSettings], name: str) -> str:
    """Give the environment variable of a setting; those that all services share have no prefix."""
    field = kind.model_fields.get(name)
    shared = field is not None and field.validation_alias is not None
    return name.upper() if shared else f"{kind.model_config['env_prefix']}{name}".upper()
