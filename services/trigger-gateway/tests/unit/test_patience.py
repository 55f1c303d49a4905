"""What takes too long ends with one timer for all; what is ended by somebody else stays ended by them."""

import asyncio

import pytest
from trigger_gateway import patience
from trigger_gateway.patience import Patience


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "EVERY", 0.01)


async def value(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def test_what_comes_in_time_is_given_and_what_does_not_is_ended_alone() -> None:
    waits = Patience()
    quick, slow = asyncio.create_task(waits.of(value(0.0), 60)), asyncio.create_task(waits.of(value(30), 0.02))
    later = asyncio.create_task(waits.of(value(0.2), 60))
    assert await quick == 0.0
    with pytest.raises(TimeoutError):
        await slow
    assert await later == 0.2


async def test_whoever_is_late_goes_on_behind_it() -> None:
    waits = Patience()

    async def twice() -> list[object]:
        found: list[object] = []
        for seconds, longest in ((30.0, 0.02), (0.0, 60)):
            try:
                found.append(await waits.of(value(seconds), longest))
            except TimeoutError:
                found.append("late")
        await asyncio.sleep(0.05)
        return found

    assert await asyncio.create_task(twice()) == ["late", 0.0]


async def test_who_is_cancelled_by_somebody_else_is_cancelled() -> None:
    waiting = asyncio.create_task(Patience().of(value(30), 60))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_who_is_late_and_cancelled_by_somebody_else_at_once_is_cancelled() -> None:
    waits = Patience()
    waiting = asyncio.create_task(waits.of(value(30), 0.0))
    await asyncio.sleep(0)
    waits._look()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_error_of_what_is_waited_for_is_its_own() -> None:
    async def fail() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await Patience().of(fail(), 60)


async def test_nothing_looks_when_nobody_waits() -> None:
    waits = Patience()
    await waits.of(value(0.0), 60)
    await asyncio.sleep(0.05)
    assert waits._looks is None
    with pytest.raises(TimeoutError):
        await waits.of(value(30), 0.02)
