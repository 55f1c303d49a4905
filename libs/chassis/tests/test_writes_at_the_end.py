"""What nobody reads before the commit travels as one statement just before it, and only if all of it can."""

import asyncpg
import pytest
from chassis.database import Transaction, Write, together
from chassis.ids import new_id

from .conftest import Service

INSERT = "INSERT INTO handled (item, version) SELECT * FROM unnest($1::uuid[], $2::bigint[])"


def test_several_writes_become_one_statement_with_their_parameters_renumbered() -> None:
    statement, values = together([("INSERT INTO a SELECT $1, $2", (1, 2)), ("DELETE FROM b WHERE c = $1", (3,))])
    assert statement == "WITH w0 AS (INSERT INTO a SELECT $1, $2) DELETE FROM b WHERE c = $3"
    assert values == (1, 2, 3)


def test_a_write_alone_stays_as_it_is() -> None:
    assert together([("DELETE FROM b WHERE c = $1", (3,))]) == ("DELETE FROM b WHERE c = $1", (3,))


async def test_they_are_written_once_with_the_commit(service: Service) -> None:
    first, second = new_id(), new_id()
    async with service.database.transaction() as tx:
        tx.at_the_end(INSERT, [first], [1])
        tx.at_the_end("UPDATE clock SET one = true")
        assert await tx.fetchval("SELECT count(*) FROM handled") == 0
        tx.at_the_end(INSERT, [second], [2])
    assert sorted(await service.handled(), key=lambda row: row[1]) == [(first, 1), (second, 2)]


async def test_what_is_collected_under_a_key_is_one_write_in_its_order(service: Service) -> None:
    items = [new_id() for _ in range(3)]
    writes: list[int] = []

    def finish(found: list[int]) -> list[Write]:
        writes.append(len(found))
        return [(INSERT, ([items[n] for n in found], found))]

    async with service.database.transaction() as tx:
        tx.collect("handled", finish).append(0)
        tx.collect("handled", finish).extend([1, 2])
    assert writes == [3]
    assert await service.handled() == [(item, n) for n, item in enumerate(items)]


async def test_a_write_that_fails_at_the_end_undoes_the_transaction(service: Service) -> None:
    woken = []

    async def write_badly() -> None:
        async with service.database.transaction() as tx:
            await tx.execute(INSERT, [new_id()], [1])
            tx.at_the_end(INSERT, [new_id()], [2])
            tx.at_the_end("INSERT INTO clock VALUES (true, '0')")  # there may be one row only
            tx.after_commit(lambda: woken.append(True))

    with pytest.raises(asyncpg.UniqueViolationError):
        await write_badly()
    assert (await service.handled(), woken) == ([], [])


async def test_the_time_may_be_asked_together_with_a_query_and_is_asked_once(service: Service) -> None:
    async with service.database.transaction() as tx:
        assert await tx.fetchval_and_now("SELECT 7") == 7
        asked = await tx.now()
        assert asked == await tx.now() == await told(tx)


async def told(tx: Transaction) -> object:
    await tx.fetchval_and_now("SELECT 8")
    return await tx.now()


async def test_a_part_that_fails_is_undone_alone_with_what_it_would_have_written_at_its_end(service: Service) -> None:
    kept, undone = new_id(), new_id()
    woken: list[str] = []

    async def write_in_a_part(tx: Transaction, item: object, *, fails: bool) -> None:
        async with tx.part() as part:
            part.at_the_end(INSERT, [item], [1])
            part.after_commit(lambda: woken.append("part"))
            if fails:
                raise LookupError

    async with service.database.transaction() as tx:
        with pytest.raises(LookupError):
            await write_in_a_part(tx, undone, fails=True)
        await write_in_a_part(tx, kept, fails=False)
        assert woken == []
    assert (await service.handled(), woken) == ([(kept, 1)], ["part"])
