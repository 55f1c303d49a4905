"""Open conversations with a mail server: how long each is used, and what ends in the middle of one."""

import asyncio
from types import SimpleNamespace
from typing import Any

import aiosmtplib
import pytest
from action_workers.providers import mail_connections
from action_workers.providers.mail_connections import IDLE_AT_MOST, MailConnections
from chassis.errors import Rejected, Retryable
from typing_extensions import override


class Server:
    """A mail server as conversations see it."""

    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.said: list[str] = []

    async def rset(self) -> None:
        self.said.append("rset")
        if self.forgets:
            raise aiosmtplib.SMTPServerDisconnected("gone")

    async def quit(self) -> None:
        self.said.append("quit")

    def close(self) -> None:
        self.said.append("close")


class Pool:
    """Conversations with servers that are made as they are needed, on a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
        self.now = 1000.0
        monkeypatch.setattr(mail_connections, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.made: list[Server] = []
        self.forgets = False
        self.lent = MailConnections(self._connect, **{"most": 1, "letters": 3, **more}).lent

    async def _connect(self) -> Any:
        self.made.append(Server(forgets=self.forgets))
        return self.made[-1]

    async def letter(self) -> Any:
        async with self.lent() as server:
            return server


async def test_a_conversation_carries_so_many_letters_and_is_ended_then(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(monkeypatch)
    servers = [await pool.letter() for _ in range(4)]
    assert [servers.index(server) for server in servers] == [0, 0, 0, 3]
    assert servers[0].said == ["rset", "rset", "quit", "close"]


async def test_a_conversation_that_rested_too_long_is_ended_without_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(monkeypatch)
    first = await pool.letter()
    pool.now += IDLE_AT_MOST - 0.1
    assert await pool.letter() is first
    pool.now += IDLE_AT_MOST
    assert await pool.letter() is not first
    assert first.said == ["rset", "quit", "close"]


async def test_a_conversation_that_the_server_forgot_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(monkeypatch)
    pool.forgets = True
    first = await pool.letter()
    assert await pool.letter() is not first
    assert first.said == ["rset", "quit", "close"]


async def test_a_conversation_in_which_something_failed_is_not_used_again_and_its_room_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool(monkeypatch)
    with pytest.raises(Rejected):
        async with pool.lent():
            raise Rejected("no such mailbox")
    assert pool.made[0].said == ["close"]
    assert await pool.letter() is pool.made[1]


async def test_where_no_conversation_gets_free_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_connections, "WAIT_AT_MOST", 0.01)
    pool = Pool(monkeypatch, most=1)
    async with pool.lent():
        with pytest.raises(Retryable, match="all 1 connections to the mail server are busy"):
            await pool.letter()
    assert len(pool.made) == 1


class Slow(Server):
    """A server that does not answer a command any more."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self.command = command
        self.asked = asyncio.Event()

    @override
    async def rset(self) -> None:
        await super().rset()
        await self._answer("rset")

    @override
    async def quit(self) -> None:
        await super().quit()
        await self._answer("quit")

    async def _answer(self, command: str) -> None:
        if command == self.command:
            self.asked.set()
            await asyncio.Event().wait()


def lending(*servers: Server, **more: int) -> MailConnections:
    """Give conversations with these servers, one after the other."""
    ahead = iter(servers)

    async def connect() -> Any:
        return next(ahead)

    return MailConnections(connect, **{"most": 1, "letters": 3, **more})


async def letter(lending: MailConnections) -> None:
    async with lending.lent():
        pass


async def test_a_server_that_is_slow_to_say_goodbye_leaves_no_doubt_of_the_last_letter() -> None:
    lent = lending(Slow("quit"), letters=1)
    async with asyncio.timeout(30):
        await letter(lent)


@pytest.mark.parametrize("command", ["rset", "quit"])
async def test_whoever_gives_up_while_a_server_is_asked_closes_the_conversation(command: str) -> None:
    silent, other = Slow(command), Server()
    lent = lending(silent, other, letters=1 if command == "quit" else 3)
    await letter(lent)
    waiting = asyncio.create_task(letter(lent))
    await silent.asked.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert silent.said == [command, "close"]
    await letter(lent)
    assert other.said == []
