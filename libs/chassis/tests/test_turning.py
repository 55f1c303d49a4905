"""Work in the background turns until told to stop, and waits out trouble of its database."""

import asyncio

from chassis.turning import turn_until


async def turns_of(*answers: bool | Exception, every: float) -> int:
    """Give how many turns were taken before the pause of a minute, the last of which tells the work to stop."""
    stop = asyncio.Event()
    taken = 0

    async def turn() -> bool:
        nonlocal taken
        answer = answers[taken]
        taken += 1
        if taken == len(answers):
            stop.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with asyncio.timeout(30):
        await turn_until(stop, turn, every=every, task="test")
    return taken


async def test_a_turn_that_says_there_is_more_is_followed_by_the_next_at_once() -> None:
    assert await turns_of(True, True, False, every=60) == 3


async def test_a_turn_that_says_there_is_no_more_is_followed_by_one_later() -> None:
    assert await turns_of(False, False, every=0.01) == 2


async def test_trouble_of_the_database_is_waited_out() -> None:
    assert await turns_of(ConnectionRefusedError(), False, every=60) == 2


async def test_who_is_told_to_stop_between_two_turns_waits_no_longer() -> None:
    stop = asyncio.Event()

    async def turn() -> bool:
        asyncio.get_running_loop().call_later(0.01, stop.set)
        return False

    async with asyncio.timeout(30):
        await turn_until(stop, turn, every=60, task="test")
