"""The image's own parts, tried without an engine."""

import asyncio
import re
import tomllib
from collections.abc import AsyncIterator

import pytest
from stack.ports import free_port

from deploy.docker.healthy import ask
from tests.smoke.compose_file import ROOT

DOCKER = ROOT / "deploy/docker"
PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)", re.MULTILINE)


def pinned(path: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PINNED.finditer((ROOT / path).read_text("utf-8"))}


@pytest.fixture(params=[200, 503])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[int, int]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        status = request.param if line.startswith(b"GET /readyz ") else 404
        writer.write(f"HTTP/1.1 {status} As it is\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(answer, "127.0.0.1", port):
        yield port, request.param


async def test_the_health_check_says_what_the_process_says(served: tuple[int, int]) -> None:
    port, status = served
    assert await asyncio.to_thread(ask, port, "/readyz") == f"HTTP/1.1 {status} As it is"


def test_the_health_check_of_a_process_that_is_away_says_so() -> None:
    assert ask(free_port(), "/readyz").startswith("no answer: ")


def test_the_image_holds_what_was_tested() -> None:
    tested, shipped = pinned("requirements.txt"), pinned("deploy/docker/requirements.txt")
    assert shipped
    assert shipped.items() <= tested.items(), "make lock"


def test_the_image_holds_no_tool_of_development() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    tools = {re.split(r"[<>=\[]", line)[0] for line in groups["dev"]}
    assert tools
    assert tools.isdisjoint(pinned("deploy/docker/requirements.txt"))


@pytest.mark.parametrize("lock", ["requirements.txt", "build-requirements.txt"])
def test_each_requirement_of_the_image_is_held_to_its_hashes(lock: str) -> None:
    written = (DOCKER / lock).read_text("utf-8")
    entries = re.split(r"\n(?=\S)", written.strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_image_runs_as_a_user_without_rights() -> None:
    *_, last = (DOCKER / "Dockerfile").read_text("utf-8").split("\nFROM ")
    assert "\nUSER 10001:10001\n" in last
    assert "\nHEALTHCHECK " in last
