"""A process of a local installation that ends before it is ready is started again, though not for ever."""

from pathlib import Path
from typing import Any, cast

import pytest
from simulators.serving import serving_http
from stack import Stack
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from deploy.local import Installation
from deploy.local.installation import STARTS_AGAIN

NAME = "action-workers.all"


class Ending:
    """A process that ends a few times before it goes on."""

    def __init__(self, ends: int) -> None:
        self.ends = ends
        self.starts = 1

    def died(self) -> bool:
        return self.starts <= self.ends

    def spawn(self) -> None:
        self.starts += 1

    def last_words(self) -> str:
        return "the Kafka client failed"


async def readied(process: Ending) -> None:
    """Wait for a process which is ready as soon as it goes on."""
    installation = Installation(Stack("127.0.0.1:1", "postgresql://127.0.0.1:1/x", "native"), Path("nowhere"))
    installation.processes[NAME] = cast("Any", process)

    async def ready(_: object) -> PlainTextResponse:
        return PlainTextResponse("", 503 if process.died() else 200)

    app = Starlette(routes=[Route("/readyz", ready)])
    async with serving_http(app, "127.0.0.1", installation.environment.port(NAME)):
        await installation.ready(NAME)


async def test_a_process_whose_client_broke_as_it_began_is_started_again() -> None:
    process = Ending(STARTS_AGAIN)
    await readied(process)
    assert process.starts == 1 + STARTS_AGAIN


async def test_a_process_that_ends_each_time_is_told_with_its_last_words() -> None:
    process = Ending(10**9)
    with pytest.raises(RuntimeError, match=r"(?s)action-workers\.all did not become ready.*the Kafka client failed"):
        await readied(process)
    assert process.starts == 1 + STARTS_AGAIN
