"""Connections that are kept open: used again by one request at a time, and only while the far end keeps them too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from action_workers.providers import asking, kept_connections
from chassis.testing import eventually

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSES = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class End:
    """A far end that counts its connections; `answers` are what it says next, `ANSWER` where nothing is left.

    An answer of None is silence, and b"" a connection that is closed instead. Before it answers it waits for `opened`.
    """

    answers: list[bytes | None] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[int] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.opened.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(self.writers)
        self.connections.append(0)
        self.writers.append(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.connections[number] += 1
                answer = self.answers.pop(0) if self.answers else ANSWER
                await self.opened.wait()
                if answer is None:
                    continue
                writer.write(answer)
                if not answer:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async def heard(self, count: int) -> None:
        """Wait until so many requests came, which wait for their answers now."""

        async def all_came() -> bool:
            return sum(self.connections) == count

        await eventually(all_came)

    async def three_are_closed(self) -> bool:
        return sum(writer.is_closing() for writer in self.writers) == 3


@asynccontextmanager
async def asked(end: End) -> AsyncIterator[httpx.AsyncClient]:
    server = await asyncio.start_server(end.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, asking.client(f"http://127.0.0.1:{port}") as http:
        yield http
    for writer in end.writers:
        writer.close()


async def test_one_after_the_other_they_share_a_connection() -> None:
    end = End()
    async with asked(end) as http:
        said = [(await http.get("/")).text for _ in range(5)]
    assert (said, end.connections) == (["ok"] * 5, [5])


async def test_each_at_once_has_its_own_and_all_are_used_again() -> None:
    end = End()
    async with asked(end) as http:
        for turn in (1, 2):
            end.opened.clear()
            waiting = [asyncio.create_task(http.get("/")) for _ in range(7)]
            await end.heard(7 * turn)
            end.opened.set()
            assert {answer.text for answer in await asyncio.gather(*waiting)} == {"ok"}
    assert end.connections == [2] * 7


async def test_what_the_far_end_closed_is_not_used_again() -> None:
    end = End(answers=[ANSWER, CLOSES])
    async with asked(end) as http:
        await http.get("/")
        await http.get("/")  # it says that it closes
        await http.get("/")
        end.writers[1].close()  # and here it closes without a word
        await end.writers[1].wait_closed()
        await asyncio.sleep(0.05)
        assert (await http.get("/")).text == "ok"
    assert end.connections == [2, 1, 1]


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_what_was_broken_off_is_not_used_again(answer: bytes | None) -> None:
    """Else the late end of one answer would be taken for the next one."""
    end = End(answers=[answer])
    async with asked(end) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await http.get("/")
        assert (await http.get("/")).text == "ok"
    assert end.connections == [1, 1]


async def test_an_answer_that_never_came_is_told_as_such_and_not_asked_again() -> None:
    end = End(answers=[ANSWER, b""])
    async with asked(end) as http:
        await http.get("/")
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post("/", data={"To": "+351910000001"})
        assert (await http.get("/")).text == "ok"
    assert end.connections == [2, 1]


async def test_an_answer_that_nobody_reads_on_is_let_go() -> None:
    end = End(answers=[b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"])
    async with asked(end) as http:
        async with http.stream("GET", "/") as answer:
            assert answer.status_code == httpx.codes.OK
        assert (await http.get("/")).text == "ok"
    assert end.connections == [1, 1]


async def test_more_than_may_be_kept_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_connections, "MOST_KEPT", 2)
    end = End()
    async with asked(end) as http:
        end.opened.clear()
        waiting = [asyncio.create_task(http.get("/")) for _ in range(5)]
        await end.heard(5)
        end.opened.set()
        await asyncio.gather(*waiting)
        await eventually(end.three_are_closed)


async def test_what_idles_too_long_is_closed_by_whoever_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_connections, "KEPT_FOR", -1.0)
    end = End()
    async with asked(end) as http:
        await http.get("/")
        await http.get("/")
    assert end.connections == [1, 1]
