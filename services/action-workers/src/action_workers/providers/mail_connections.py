"""Open conversations with one mail server: so many at once, each used again while it is fresh."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib
from chassis.errors import Retryable

IDLE_AT_MOST = 20.0
WAIT_AT_MOST = 15.0


@dataclass(slots=True)
class Conversation:
    """An open conversation, how many letters it has carried, and when the last one was."""

    server: aiosmtplib.SMTP
    letters: int = 0
    used_at: float = 0.0


class MailConnections:
    """Lends conversations; `most` are open at once, each carries `letters` at most. `connect` opens one."""

    def __init__(self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]], *, most: int, letters: int) -> None:
        self._connect = connect
        self._letters = letters
        self._room = asyncio.Semaphore(most)
        self._resting: deque[Conversation] = deque()
        self._most = most

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Lend a conversation; it is kept for the next letter unless the block raises.

        Raises `Retryable` where none gets free in time, for then nothing has been sent; else as `connect` does.
        """
        try:
            async with asyncio.timeout(WAIT_AT_MOST):
                await self._room.acquire()
        except TimeoutError:
            raise Retryable(f"all {self._most} connections to the mail server are busy") from None
        try:
            conversation = await self._rested() or Conversation(await self._connect())
            try:
                yield conversation.server
            except BaseException:
                conversation.server.close()
                raise
            self._rest(conversation)
        finally:
            self._room.release()

    async def close(self) -> None:
        """End what rests."""
        while self._resting:
            await _end(self._resting.popleft())

    async def _rested(self) -> Conversation | None:
        """Give a conversation that the server still holds: a fresh one, of which it said so just now."""
        while self._resting:
            conversation = self._resting.pop()
            if self._is_fresh(conversation) and await _is_held(conversation):
                return conversation
            await _end(conversation)
        return None

    def _is_fresh(self, conversation: Conversation) -> bool:
        fresh = time.monotonic() - conversation.used_at < IDLE_AT_MOST
        return fresh and conversation.letters < self._letters

    def _rest(self, conversation: Conversation) -> None:
        # One that has carried all of its letters is ended before the next one: a server that is slow to say goodbye
        # puts nothing in doubt that it has accepted.
        conversation.letters += 1
        conversation.used_at = time.monotonic()
        self._resting.append(conversation)


async def _is_held(conversation: Conversation) -> bool:
    """Ask the server; a conversation with a server that is still to answer is of no use to anybody."""
    try:
        await conversation.server.rset()
    except (aiosmtplib.SMTPException, OSError):
        return False
    except BaseException:
        conversation.server.close()
        raise
    return True


async def _end(conversation: Conversation) -> None:
    try:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await conversation.server.quit()
    finally:
        conversation.server.close()
