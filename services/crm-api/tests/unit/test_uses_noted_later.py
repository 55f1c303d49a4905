"""The use of keys is noted beside the requests: what gives way to others is noted the next time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import pytest
from chassis.database import CONTENDED, Transaction
from crm_api.access.signing_in import KeyHolders


class GivesWay:
    """A database in which somebody else is first so often; it keeps what it was told otherwise."""

    def __init__(self, *errors: type[Exception]) -> None:
        self.errors = list(errors)
        self.told: list[Any] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.errors:
            raise self.errors.pop()("there was another one")
        yield cast("Transaction", self)

    async def execute(self, _: str, *values: Any) -> None:
        self.told += values


@pytest.mark.parametrize("error", CONTENDED)
async def test_what_gave_way_is_noted_the_next_time(error: type[asyncpg.PostgresError]) -> None:
    database = GivesWay(error)
    holders = KeyHolders(cast("Any", database))
    holders._used.add("k1")
    await holders.note()
    assert database.told == []
    await holders.note()
    assert database.told == [["k1"]]
