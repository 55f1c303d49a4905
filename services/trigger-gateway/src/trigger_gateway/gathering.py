"""Group commit: what comes while a transaction is under way is done in the next, and answered after its commit."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from chassis.database import UNREACHABLE, Database, Transaction
from chassis.problems import Problem

One = TypeVar("One")
Answer = TypeVar("Answer")
Do = Callable[[Transaction, Sequence[One]], Awaitable[Sequence[Answer | Problem]]]
Waiting = tuple[One, asyncio.Future[Answer]]
# Some at once: one is decided while others wait for the disk; another only for what is worth a commit.
AT_ONCE = 4
WORTH_IT = 4
MOST_TOGETHER = 64
MOST_WAITING = 1000


class Gathering(Generic[One, Answer]):
    """Does things in as few transactions as keep up; `do` gives an answer, or a problem, for each in their order.

    Where a transaction fails by what one of them brought, each is done again alone, so that the others do not suffer.
    """

    def __init__(self, database: Database, do: Do[One, Answer], *, most_waiting: int = MOST_WAITING) -> None:
        self.database = database
        self._do = do
        self._most_waiting = most_waiting
        self._waiting: deque[Waiting[One, Answer]] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    async def of(self, one: One) -> Answer:
        """Do one thing and give its answer once all of it is committed; raises its problem, or 503."""
        if len(self._waiting) >= self._most_waiting:
            raise Problem(503, "Too much comes at once; try again")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        if not self._workers or (len(self._workers) < AT_ONCE and len(self._waiting) >= WORTH_IT):
            self._workers.add(asyncio.create_task(self._work()))
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                # One turn of the loop: what stands in the sockets already comes along.
                await asyncio.sleep(0)
                count = min(len(self._waiting), MOST_TOGETHER)
                if count:  # another worker may have taken all
                    await self._together([self._waiting.popleft() for _ in range(count)])
        finally:
            # In the step that found nothing more: a callback would run later, and who comes before it wait for nobody.
            self._workers -= {asyncio.current_task()}

    async def _together(self, batch: Sequence[Waiting[One, Answer]]) -> None:
        try:
            async with self.database.transaction() as tx:
                answers = await self._do(tx, [one for one, _ in batch])
        except Exception as error:  # noqa: BLE001  whatever it is, it is the answer of whoever waits for it
            if len(batch) > 1 and not isinstance(error, UNREACHABLE):
                for alone in batch:
                    await self._together([alone])
            else:
                settle(batch, [error] * len(batch))
        except BaseException:
            for _, answer in batch:
                answer.cancel()
            raise
        else:
            settle(batch, answers)


def settle(batch: Sequence[Waiting[One, Answer]], answers: Sequence[Answer | Exception]) -> None:
    """Answer those who still wait."""
    for (_, future), answer in zip(batch, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
