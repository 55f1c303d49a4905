"""The database away, and back: the sender is told to come again, and then all is as if nothing had been."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from chassis.testing import eventually
from trigger_gateway.main import VERSIONS

FILLED = {"name": "Ana", "phone": "912 345 678", "submission": "s-1"}


class Cable:
    """A cable between the gateway and its database that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self.far = (host, port)
        self.whole = True
        self.ends: list[asyncio.StreamWriter] = []

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways."""
        if not self.whole:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(*self.far)
        self.ends += [writer, far_writer]
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    def cut(self) -> None:
        """Cut it: what is connected breaks, and nothing connects any more."""
        self.whole = False
        for end in self.ends:
            end.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self.whole = True


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until an end closes."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@pytest.fixture
async def cable(deployment: Any) -> AsyncIterator[tuple[Cable, int]]:
    """Give a cable to the database server, and the port of its near end."""
    address = urlsplit(deployment.stack.postgres)
    cable = Cable(address.hostname or "127.0.0.1", address.port or 5432)
    server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    yield cable, server.sockets[0].getsockname()[1]
    cable.cut()
    server.close()
    await server.wait_closed()


def through(url: str, port: int) -> str:
    """Give the same database, by the near end of the cable."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}").geturl()


async def test_while_the_database_is_away_the_sender_is_asked_to_come_again_and_nothing_is_kept(
    started: Any, deployment: Any, cable: tuple[Cable, int]
) -> None:
    line, port = cable
    door = await started("serve", database_url=through(await deployment.database(VERSIONS), port))
    line.cut()
    away = [await door.http.post(door.form, data=FILLED, timeout=15) for _ in range(3)]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in away} == {(503, "1")}
    assert {answer.headers["content-type"] for answer in away} == {"application/problem+json"}
    assert (await door.http.get("/readyz")).status_code == 503
    line.mend()
    await eventually(lambda: ready(door))
    assert await door.kept_nothing()
    assert (await door.http.post(door.form, data=FILLED)).status_code == 200
    assert len(await door.signals()) == 1
    assert await door.rows("SELECT repeats FROM delivery") == [{"repeats": 0}]


async def ready(door: Any) -> bool:
    return bool((await door.http.get("/readyz")).is_success)


async def test_a_sender_that_goes_away_in_the_middle_leaves_nothing(door: Any) -> None:
    reader, writer = await asyncio.open_connection(door.http.base_url.host, door.http.base_url.port)
    head = f"POST {door.form} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nname=Ana"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    assert await reader.read() == b""
    assert await door.kept_nothing()
    assert (await door.http.get("/livez")).status_code == 200


async def test_a_body_without_a_length_is_cut_off_at_the_limit(door: Any) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"a" * 65_536

    answer = await door.http.post(door.form, content=endless())
    assert answer.status_code == 413


async def test_what_was_refused_is_counted(door: Any) -> None:
    await door.http.post("/in/nobody/x", data=FILLED)
    await door.http.post(door.form, data={"name": "Ana"})
    metrics = (await door.http.get("/metrics")).text
    for status in (404, 422):
        assert f'signalbox_refused_total{{door="in",status="{status}"}}' in metrics
