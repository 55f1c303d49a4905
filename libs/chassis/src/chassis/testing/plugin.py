"""The fixtures: `stack` for the session, `deployment` for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stack as stacks
from stack import Stack

from chassis.testing.deployment import Deployment

templates: dict[Path, str] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person choose where the servers come from."""
    parser.addoption(
        "--stack", default="auto", choices=["auto", "given", "container", "native"], help="where servers run"
    )


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Give a broker and a database that live as long as the session."""
    with stacks.start(request.config.getoption("--stack"), say=lambda _: None, durable=False) as started:
        yield started
    templates.clear()


@pytest.fixture
async def deployment(stack: Stack) -> AsyncIterator[Deployment]:
    """Give a deployment of the test's own."""
    own = Deployment(stack, templates)
    yield own
    await own.close()
