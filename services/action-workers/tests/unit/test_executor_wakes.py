"""When the executor looks again, and what it waits for when a look fails."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from action_workers.claiming import Claimed
from action_workers.effect import Effect
from action_workers.executor import Executor
from automation.knowledge import Knowledge
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from typing_extensions import override

EFFECT = cast(Effect, SimpleNamespace(account="twilio/sms"))


class Looking(Executor):
    """An executor of which the looks are given; `None` is one that fails. What is attempted ends when it may."""

    def __init__(self, *looks: Sequence[Effect] | None) -> None:
        nothing: Any = None
        outbox = Outbox(Kafka("nowhere", partitions=1), "/action-workers")
        super().__init__("sms", database=nothing, outbox=outbox, config=nothing, attempts=nothing)
        self.looks = list(looks)
        self.may_end = asyncio.Event()
        self.ended = 0

    @override
    async def claim(self, room: int) -> Claimed:
        found = self.looks.pop(0)
        if found is None:
            asyncio.get_running_loop().call_soon(self.may_end.set)
            raise RuntimeError("a mistake of ours")
        if self._tasks:
            self.may_end.set()
            await asyncio.wait(set(self._tasks))
        return Claimed(found, cast(Knowledge, None), timedelta(), starved=not found)

    @override
    async def carry_out(self, effect: Effect, knowledge: Knowledge) -> None:
        await self.may_end.wait()
        await asyncio.sleep(0)
        self.ended += 1
        self._leave(effect.account)


async def test_what_ends_while_it_looks_makes_it_look_again_where_there_was_no_room() -> None:
    executor = Looking([EFFECT], [])
    await executor.turn()
    assert not executor.wake.is_set()
    await executor.turn()
    assert executor.wake.is_set()


async def test_where_there_was_room_nobody_is_woken_by_what_ends() -> None:
    executor = Looking([EFFECT], [EFFECT])
    await executor.turn()
    await executor.turn()
    assert not executor.wake.is_set()
    await asyncio.wait(set(executor._tasks))


async def test_a_look_that_fails_ends_the_executor_when_what_it_began_has_ended() -> None:
    executor = Looking([EFFECT, EFFECT], None)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        await executor.run(asyncio.Event())
    assert executor.ended == 2
