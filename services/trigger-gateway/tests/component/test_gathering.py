"""Group commit: what comes together is one transaction, answered after it; one that fails fails alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
from chassis.database import Database, Transaction
from chassis.problems import Problem
from chassis.testing import eventually
from trigger_gateway.gathering import Gathering
from trigger_gateway.main import VERSIONS

ADD = "INSERT INTO door_count (source, outcome, reason, count, last_at) VALUES ($1, $2, '', 1, now())"


class Counting:
    """Adds a row for each text, remembering which came together."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def do(self, tx: Transaction, texts: Sequence[str]) -> list[str | Problem]:
        """Add them; `refused` is a problem of its own, `poison` no database takes."""
        self.batches.append(list(texts))
        for text in texts:
            await tx.execute(ADD, "\x00" if text == "poison" else text, str(len(self.batches)))
        return [Problem(422, "refused") if text == "refused" else text.upper() for text in texts]


@pytest.fixture
async def database(deployment: Any) -> AsyncIterator[Database]:
    """Give a migrated database."""
    async with Database(await deployment.database(VERSIONS), size=4) as database:
        yield database


async def rows(database: Database) -> int:
    return int(await database.ask("SELECT count(*) FROM door_count"))


async def test_what_comes_while_one_is_under_way_is_done_together(database: Database) -> None:
    counting = Counting()
    gathering = Gathering(database, counting.do)
    answers = await asyncio.gather(*(gathering.of(str(n)) for n in range(150)))
    assert answers == [str(n) for n in range(150)]
    assert len(counting.batches) < 10
    assert max(map(len, counting.batches)) <= 64
    assert await rows(database) == 150


async def test_a_problem_is_of_one_alone(database: Database) -> None:
    gathering = Gathering(database, Counting().do)
    one, other = await asyncio.gather(gathering.of("refused"), gathering.of("b"), return_exceptions=True)
    assert (isinstance(one, Problem), other) == (True, "B")


async def test_what_no_database_takes_does_not_take_others_with_it(database: Database) -> None:
    gathering = Gathering(database, Counting().do)
    texts = [*map(str, range(10)), "poison", *map(str, range(10, 20))]
    answers = await asyncio.gather(*(gathering.of(text) for text in texts), return_exceptions=True)
    failed = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(error) for error in failed] == [asyncpg.CharacterNotInRepertoireError]
    assert await rows(database) == 20


async def test_nobody_is_told_what_was_not_committed(database: Database) -> None:
    async def fail(tx: Transaction, texts: Sequence[str]) -> list[str | Problem]:
        await tx.execute(ADD, texts[0], "")
        await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return list(texts)

    gathering = Gathering(database, fail)
    answers = await asyncio.gather(*(gathering.of(str(n)) for n in range(5)), return_exceptions=True)
    assert all(isinstance(answer, Exception) for answer in answers)
    assert await rows(database) == 0


async def test_too_much_at_once_is_asked_to_come_again(database: Database) -> None:
    gathering = Gathering(database, Counting().do, most_waiting=3)
    answers = await asyncio.gather(*(gathering.of(str(n)) for n in range(10)), return_exceptions=True)
    problems = [answer for answer in answers if isinstance(answer, Problem)]
    assert {problem.status for problem in problems} == {503}
    assert await rows(database) == 10 - len(problems)


async def test_who_went_away_hinders_nobody(database: Database) -> None:
    gathering = Gathering(database, Counting().do)
    leaving = [asyncio.create_task(gathering.of(str(n))) for n in range(5)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    assert await gathering.of("stays") == "STAYS"

    async def all_are_done() -> bool:
        return await rows(database) == 6

    await eventually(all_are_done)


async def test_who_comes_as_a_worker_ends_is_not_left_waiting(database: Database) -> None:
    gathering = Gathering(database, Counting().do)
    async with asyncio.timeout(60):
        # Who was answered comes again in the very turn of the loop in which the worker found nothing more to do.
        for n in range(20):
            assert await gathering.of(str(n)) == str(n)
    assert await rows(database) == 20
