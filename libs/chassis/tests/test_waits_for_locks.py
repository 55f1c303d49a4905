"""A lock that somebody holds for long is waited out: it is no failure of what waits for it."""

import pytest
from chassis.database import CONTENDED, Transaction

from .conftest import Service

SECONDS = "SELECT extract(epoch FROM current_setting($1)::interval)"


async def seconds(tx: Transaction, setting: str) -> float:
    return float(await tx.fetchval(SECONDS, setting))


async def test_a_wait_for_a_lock_ends_before_the_statement_that_waits(service: Service) -> None:
    async with service.database.transaction() as tx:
        assert 0 < await seconds(tx, "lock_timeout") < await seconds(tx, "statement_timeout")


async def test_a_wait_that_ended_so_is_one_that_is_waited_out(service: Service) -> None:
    async with service.database.transaction() as held:
        await held.execute("LOCK TABLE handled")
        with pytest.raises(CONTENDED):
            await wait_shortly(service)


async def wait_shortly(service: Service) -> None:
    async with service.database.transaction() as tx:
        await tx.execute("SET LOCAL lock_timeout = '10ms'")
        await tx.execute("LOCK TABLE handled")
