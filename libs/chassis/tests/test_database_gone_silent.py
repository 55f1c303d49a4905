"""A database that is gone without a word: who waits for it hears so, and no place in the pool is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from chassis.database import Database
from chassis.testing.deployment import Deployment
from chassis.testing.line import Line, line_to

from .conftest import VERSIONS

# Before an answer is given up, and before the test is.
SOON, HANGS = 0.2, 60.0


@pytest.fixture
async def line(deployment: Deployment) -> AsyncIterator[Line]:
    async with line_to(deployment.stack.postgres) as line:
        yield line


@pytest.fixture
async def database(deployment: Deployment, line: Line) -> AsyncIterator[Database]:
    """Give a database with a single place, at the far end of the line."""
    url = line.through(await deployment.database(VERSIONS))
    async with Database(url, size=1, answers_within=SOON) as database:
        yield database


async def note(database: Database, text: str) -> None:
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO handled (item, version, note) VALUES (gen_random_uuid(), 1, $1)", text)


async def test_who_waits_hears_of_it_and_the_place_is_free_again(database: Database, line: Line) -> None:
    async with asyncio.timeout(HANGS):
        await note(database, "before")
        line.silent = True
        with pytest.raises(TimeoutError):
            await note(database, "lost")
        line.silent = False
        await note(database, "after")
        assert await database.ask("SELECT string_agg(note, ' ' ORDER BY seq) FROM handled") == "before after"


async def test_who_holds_a_connection_of_their_own_hears_of_it_too(database: Database, line: Line) -> None:
    async with asyncio.timeout(HANGS):
        connection = await database.connect()
        line.silent = True
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT true")
        connection.terminate()
