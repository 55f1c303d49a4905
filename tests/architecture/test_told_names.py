"""What pages name is there: commands, make targets, variables of the environment, operations over HTTP."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import click
import pytest
from action_workers.main import COMMAND as WORKERS
from action_workers.traffic import listing
from chassis.command import Command
from crm_api.http.application import ROUTERS
from crm_api.main import COMMAND as CRM_API
from fastapi.routing import APIRoute
from rule_scheduler.main import COMMAND as SCHEDULER
from signalbox.main import main as signalbox
from trigger_gateway.kept.operations import Kept
from trigger_gateway.main import COMMAND as GATEWAY

from .documents import PAGES, code
from .repository import files, text
from .test_settings import settings

SERVICES: tuple[Command[Any], ...] = (CRM_API, SCHEDULER, GATEWAY, WORKERS)
NAMES = "|".join(("signalbox", *(one.service for one in SERVICES)))
COMMANDS = re.compile(rf"(?<!--namespace )(?<![\w/:.-])({NAMES}) ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?")
TARGETS = re.compile(r"(?<![\w-])make ([a-z-]+)")
PREFIXES = ("KAFKA", "SIGNALBOX", "SIMULATORS", "PUBLISH", "PLANNER", *(s.service.upper() for s in SERVICES))
VARIABLE = re.compile(rf"\b(?:{'|'.join(PREFIXES).replace('-', '_')})_[A-Z_]+\b")
OPERATION = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) +(?:https?://[^/\s]+)?(/v1/[^\s`?]+)")


def words(page: str) -> Iterator[str]:
    """Give what a page writes as code, without comments that end a line."""
    for one in code(page):
        yield re.sub(r"\s#\s.*", "", one)


@pytest.mark.parametrize("page", PAGES)
def test_each_command_that_a_page_names_is_there(page: str) -> None:
    named = {found for one in words(page) for found in COMMANDS.findall(one)}
    assert [f"{name} {word}" for name, word, _ in named if word not in known_to(name)] == []
    inner = [(group, word) for name, group, word in named if name == "signalbox" and word and below(group)]
    assert [f"{group} {word}" for group, word in inner if word not in below(group)] == []


def known_to(name: str) -> set[str]:
    """Give the words that a command takes next."""
    if name == "signalbox":
        return set(signalbox.commands)
    service = next(one for one in SERVICES if one.service == name)
    return {*service.roles, "all", "migrate", *(errand.name for errand in service.errands)}


def below(group: str) -> set[str]:
    """Give the words that a part of the command `signalbox` takes next."""
    part = signalbox.commands.get(group)
    return set(part.commands) if isinstance(part, click.Group) else set()


@pytest.mark.parametrize("page", PAGES)
def test_each_make_target_that_a_page_names_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    assert {found for one in words(page) for found in TARGETS.findall(one)} - targets == set()


@pytest.mark.parametrize("page", PAGES)
def test_each_variable_that_a_page_names_is_read_by_something(page: str) -> None:
    assert set(VARIABLE.findall(text(page))) - read_anywhere() == set()


@cache
def read_anywhere() -> set[str]:
    """Give the variables of all settings, and those that tests, simulators and the compose file read themselves."""
    services = [f"{one.service.upper().replace('-', '_')}_" for one in SERVICES]
    ours = {name.replace("…_", prefix) for name in settings() for prefix in services}
    shown = {
        f for name in files() if name.endswith((".py", ".yml", "Dockerfile")) for f in VARIABLE.findall(text(name))
    }
    return ours | shown


@cache
def operations() -> set[tuple[str, str]]:
    """Give all operations over HTTP below `/v1`, their paths as patterns."""
    kept = Kept.__new__(Kept).router()
    accounts = listing.router(None)  # type: ignore[arg-type]  # nothing is asked
    routes = [route for router in (*ROUTERS, kept, accounts) for route in router.routes]
    return {(method, route.path) for route in routes if isinstance(route, APIRoute) for method in route.methods or ()}


@cache
def pattern(path: str) -> re.Pattern[str]:
    """Give what a path looks like with values in its places."""
    parts = re.split(r"(\{\w+(?::path)?\})", path)
    return re.compile(
        "".join((".+" if p.endswith(":path}") else "[^/]+") if p[:1] == "{" else re.escape(p) for p in parts)
    )


@pytest.mark.parametrize("page", PAGES)
def test_each_operation_that_a_page_names_is_there(page: str) -> None:
    known = [(method, pattern(path)) for method, path in operations()]
    named = {(method, path.rstrip(".,;")) for one in code(page) for method, path in OPERATION.findall(one)}
    lost = [f"{m} {path}" for m, path in named if not any(m == of and is_.fullmatch(path) for of, is_ in known)]
    assert lost == []
