"""A line to a database server that tests cut and mend."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Line:
    """The line to a server: it can be cut, break in the very moment at which somebody commits, or swallow all."""

    def __init__(self, host: str, port: int) -> None:
        self.far = (host, port)
        self.near = 0
        self.whole = True
        self.silent = False
        self.breaks_at: bytes = b""
        self.ends: set[asyncio.StreamWriter] = set()

    def through(self, url: str) -> str:
        """Give the same database, by the near end of the line."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{self.near}").geturl()

    def cut(self) -> None:
        """Break what is connected, and let nothing through any more."""
        self.whole = False
        for end in self.ends:
            end.transport.abort()
        self.ends.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.whole, self.breaks_at = True, b""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways."""
        if not self.whole:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(*self.far)
        self.ends |= {writer, far_writer}
        await asyncio.gather(self._pump(reader, far_writer, there=True), self._pump(far_reader, writer, there=False))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, there: bool) -> None:
        try:
            while chunk := await reader.read(65_536):
                if there and self.breaks_at and self.breaks_at in chunk:
                    self.cut()
                    return
                if not self.silent:
                    writer.write(chunk)
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """Lay a line to the server of this address while the block lasts."""
    address = urlsplit(url)
    line = Line(address.hostname or "127.0.0.1", address.port or 5432)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.near = server.sockets[0].getsockname()[1]
    yield line
    line.cut()
    server.close()
    await server.wait_closed()
