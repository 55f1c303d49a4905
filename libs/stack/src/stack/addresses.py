"""Where the broker and the database of a run answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

import asyncpg


@dataclass(frozen=True)
class Stack:
    """The addresses of one broker and one database server."""

    kafka: str
    postgres: str
    kind: Literal["given", "container", "native"]

    def database(self, name: str) -> str:
        """Give the DSN of another database of the same server."""
        return urlsplit(self.postgres)._replace(path=f"/{quote(name)}").geturl()

    async def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database, empty or as a copy of a template to which nobody is connected."""
        origin = f" TEMPLATE {quoted(template)}" if template else ""
        async with self._maintenance() as connection:
            await connection.execute(f"CREATE DATABASE {quoted(name)}{origin}")

    async def drop_database(self, name: str) -> None:
        """Drop a database, if it exists, together with the connections to it."""
        async with self._maintenance() as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")

    @asynccontextmanager
    async def _maintenance(self) -> "AsyncIterator[asyncpg.Connection]":
        connection = await asyncpg.connect(self.postgres)
        try:
            yield connection
        finally:
            await connection.close()


def quoted(name: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
