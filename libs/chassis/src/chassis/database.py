"""PostgreSQL: one pool, and the one transaction in which a request or a batch happens."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self, TypeVar

import asyncpg
import msgspec

UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection that is cut in the middle of an answer may raise
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
CONTENDED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
PARAMETER = re.compile(r"\$(\d+)")
# Seconds after which no answer comes any more: the server itself gives a statement up before (SESSION). Who is gone
# without a word, as a host without power, would be waited for for ever, and the place in the pool would be lost.
ANSWERS_WITHIN = 45.0
SESSION = {
    "idle_in_transaction_session_timeout": "10s",
    "statement_timeout": "30s",
    # Before it, so that a lock that somebody holds for long is waited out (CONTENDED), and is no failure of the work.
    "lock_timeout": "20s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "timezone": "UTC",
    # Statements here touch few rows by their keys: to plan for workers or compiled code costs more than it saves.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}


Collected = TypeVar("Collected")
Write = tuple[str, tuple[Any, ...]]


class Transaction:
    """One open transaction; the time is asked once, after the locks, and passed on.

    What is written `at_the_end` travels as one statement just before the commit: each round trip that is not made is
    time and work saved. It suits what nobody reads before the commit, each table by one write.
    """

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
        self._connection = connection
        self._now: datetime | None = None
        self._after_commit: dict[Callable[[], None], None] = {}
        self._writes: list[Write] = []
        self._collected: dict[Any, tuple[list[Any], Callable[[list[Any]], Iterable[Write]]]] = {}

    async def now(self) -> datetime:
        """Give the time of this transaction, as the database's `signalbox_now()` says."""
        if self._now is None:
            self._now = await self._connection.fetchval("SELECT signalbox_now()")
        assert self._now is not None  # noqa: S101  the function never gives null
        return self._now

    async def fetchval_and_now(self, query: str, *values: Any) -> Any:
        """Run a query for one value and ask the time with it, which is not asked again."""
        row = await self._connection.fetchrow(f"SELECT ({query}), signalbox_now()", *values)
        assert row is not None  # noqa: S101  a query without FROM always gives a row
        self._now = self._now or row[1]
        return row[0]

    async def fetch_and_now(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Run a query that gives the time with each row, as `now`, which is not asked again; give its rows."""
        rows = await self._connection.fetch(query, *values)
        self._now = self._now or (rows[0]["now"] if rows else None)
        return rows

    def at_the_end(self, statement: str, *values: Any) -> None:
        """Write this just before the commit, together with all else that is written at the end."""
        self._writes.append((statement, values))

    def collect(self, key: object, finish: Callable[[list[Collected]], Iterable[Write]]) -> list[Collected]:
        """Give the list that collects under a key; what `finish` makes of it is written at the end, in its order."""
        return self._collected.setdefault(key, ([], finish))[0]

    async def finish(self) -> None:
        """Send what is written at the end."""
        writes = [*self._writes, *(w for found, finish in self._collected.values() for w in finish(found))]
        self._writes, self._collected = [], {}
        if writes:
            statement, values = together(writes)
            await self._connection.execute(statement, *values)

    @asynccontextmanager
    async def part(self) -> AsyncIterator["Transaction"]:
        """Open a part that is undone alone where its block raises; what it writes at the end is written at its end."""
        async with self._connection.transaction():
            part = Transaction(self._connection)
            part._now = self._now
            yield part
            await part.finish()
        self._now = part._now
        self._after_commit |= part._after_commit

    def after_commit(self, do: Callable[[], None]) -> None:
        """Do this once the transaction is committed, once however often it is asked for."""
        self._after_commit[do] = None

    def committed(self) -> None:
        """Run what waits for the commit."""
        for do in self._after_commit:
            do()

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Run a query and give its rows."""
        return await self._connection.fetch(query, *values)

    async def fetchrow(self, query: str, *values: Any) -> asyncpg.Record | None:
        """Run a query and give its first row."""
        return await self._connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        """Run a query and give the first column of its first row."""
        return await self._connection.fetchval(query, *values)

    async def execute(self, query: str, *values: Any) -> str:
        """Run a statement and give its status, such as `UPDATE 3`."""
        return await self._connection.execute(query, *values)


class Database:
    """A pool of connections to one service's database."""

    def __init__(self, url: str, *, size: int = 8, answers_within: float = ANSWERS_WITHIN) -> None:
        self.url = url
        self.answers_within = answers_within
        self._pool = asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            init=codecs,
            reset=left_as_it_is,
            server_settings=SESSION,
            timeout=10,
            command_timeout=answers_within,
        )

    async def __aenter__(self) -> Self:
        await self._pool
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pool.terminate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction; it commits at the end of the block, and nobody else calls commit."""
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                tx = Transaction(connection)
                yield tx
                await tx.finish()
            tx.committed()

    async def ask(self, query: str, *values: Any) -> Any:
        """Run a query for one value outside any transaction."""
        return await self._pool.fetchval(query, *values, timeout=10)

    async def ask_row(self, query: str, *values: Any) -> asyncpg.Record:
        """Run a query that gives one row, outside any transaction."""
        row = await self._pool.fetchrow(query, *values, timeout=10)
        assert row is not None  # noqa: S101  a query without FROM always gives a row
        return row

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Open a connection of its own, outside the pool, for what holds session locks."""
        connection = await asyncpg.connect(
            self.url, server_settings=SESSION, timeout=10, command_timeout=self.answers_within
        )
        await codecs(connection)
        return connection

    async def answers(self) -> bool:
        """Say whether the database answers."""
        try:
            return bool(await self._pool.fetchval("SELECT true", timeout=2))
        except (*UNREACHABLE, asyncpg.PostgresError):
            return False


def together(writes: Sequence[Write]) -> Write:
    """Give several writes as one statement: all but the last as its WITH queries, the parameters renumbered."""
    statements: list[str] = []
    values: list[Any] = []
    for statement, own in writes:
        statements.append(renumbered(statement, len(values)))
        values += own
    *others, last = statements
    parts = ", ".join(f"w{n} AS ({statement})" for n, statement in enumerate(others))
    return (f"WITH {parts} {last}" if others else last), tuple(values)


def renumbered(statement: str, offset: int) -> str:
    """Give a statement whose parameters begin behind so many others."""
    return PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", statement)


async def left_as_it_is(_: Any) -> None:
    """Spare a round trip: a transaction leaves nothing behind in its session, so there is nothing to reset."""


async def codecs(connection: Any) -> None:
    """Let `jsonb` columns be Python values."""
    await connection.set_type_codec(
        "jsonb", encoder=encode_json, decoder=msgspec.json.decode, schema="pg_catalog", format="text"
    )


def encode_json(value: Any) -> str:
    """Write a value as JSON text."""
    return msgspec.json.encode(value).decode()
