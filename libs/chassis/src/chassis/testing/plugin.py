"""The fixtures: `stack` for the session, `deployment` for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stack as stacks
from stack import Running, Stack

from chassis.testing.deployment import Deployment

templates: dict[Path, str] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person choose where the servers come from."""
    parser.addoption(
        "--stack", default="auto", choices=["auto", "given", "container", "native"], help="where servers run"
    )


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Running:
    """Give the handle by which the servers of the session can be restarted."""
    return stacks.start(request.config.getoption("--stack"), say=lambda _: None, durable=False)


@pytest.fixture(scope="session")
def stack(servers: Running) -> Iterator[Stack]:
    """Give a broker and a database that live as long as the session."""
    with servers as started:
        yield started
    templates.clear()


@pytest.fixture
async def deployment(stack: Stack) -> AsyncIterator[Deployment]:
    """Give a deployment of the test's own."""
    own = Deployment(stack, templates)
    yield own
    await own.close()
