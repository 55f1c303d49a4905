"""What a running crm-api sends to its database, statement by statement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from asyncpg.connection import LoggedQuery


@asynccontextmanager
async def heard(crm: Any) -> AsyncIterator[list[list[str]]]:
    """Note what each connection sends while something runs."""
    # asyncpg has no other way to listen to all that a pool sends.
    pool = crm.process.database._pool  # noqa: SLF001
    held = [holder._con for holder in pool._holders if holder._con is not None]  # noqa: SLF001
    seen: list[list[str]] = [[] for _ in held]
    noting = [(connection, partial(note, own)) for connection, own in zip(held, seen, strict=True)]
    for connection, noted in noting:
        connection.add_query_logger(noted)
    yield seen
    for connection, noted in noting:
        connection.remove_query_logger(noted)


def note(seen: list[str], query: LoggedQuery) -> None:
    seen.append(query.query)


def transactions(seen: list[list[str]]) -> list[list[str]]:
    """Give the statements of each transaction."""
    parts = [part.split("COMMIT;")[0] for own in seen for part in "\0".join(own).split("BEGIN;")]
    return [[query for query in part.split("\0") if query] for part in parts]
