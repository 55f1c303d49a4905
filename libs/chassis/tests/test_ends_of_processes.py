"""The end of one task is the end of all, and a process says why it ends and by which number."""

import asyncio
import signal
import subprocess
import sys

import pytest
from chassis import lifecycle
from chassis.lifecycle import run, together


async def waits(stop: asyncio.Event) -> None:
    await stop.wait()


async def ends(_: asyncio.Event) -> None:
    """End at once, without a failure."""


async def breaks(_: asyncio.Event) -> None:
    raise LookupError("first")


async def breaks_when_told_to_stop(stop: asyncio.Event) -> None:
    await stop.wait()
    raise LookupError("last")


async def test_a_task_that_ends_without_a_failure_ends_the_others_too() -> None:
    stop = asyncio.Event()
    async with asyncio.timeout(30):
        await together([waits, ends, waits], stop)
    assert stop.is_set()


async def test_the_others_come_to_their_end_before_a_failure_is_raised() -> None:
    cleaned: list[str] = []

    async def cleans_up(stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(0)
        cleaned.append("done")

    with pytest.raises(LookupError, match="first"):
        await together([cleans_up, breaks], asyncio.Event())
    assert cleaned == ["done"]


async def test_a_failure_on_the_way_out_is_a_failure() -> None:
    with pytest.raises(LookupError, match="last"):
        await together([ends, breaks_when_told_to_stop], asyncio.Event())


async def test_a_task_that_does_not_end_in_time_is_cancelled_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifecycle, "STOPS_WITHIN", 0.01)
    cancelled: list[str] = []

    async def deaf(_: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append("deaf")
            raise

    await together([deaf, ends], asyncio.Event())
    assert cancelled == ["deaf"]


async def test_a_task_that_is_cancelled_tells_the_others_to_stop() -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(run(waits, stop))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stop.is_set()


PROGRAM = """
import asyncio
from chassis.errors import Fatal
from chassis.lifecycle import main
async def work(stop):
    print("begun", flush=True)
    await stop.wait()
    print("told to stop", flush=True)
async def fatal(stop):
    raise Fatal("the client is broken")
async def bug(stop):
    raise ZeroDivisionError("by nothing")
main({work})
"""


@pytest.mark.parametrize(("work", "why"), [("fatal", "the client is broken"), ("bug", "by nothing")])
def test_a_process_that_cannot_go_on_ends_with_one_and_says_why(work: str, why: str) -> None:
    program = PROGRAM.replace("{work}", work)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603  ours
    assert done.returncode == 1
    assert why in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_work_come_to_its_end(number: signal.Signals) -> None:
    program = PROGRAM.replace("{work}", "work")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  ours
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        told, _ = process.communicate(timeout=60)
    assert (process.returncode, told) == (0, "told to stop\n")
