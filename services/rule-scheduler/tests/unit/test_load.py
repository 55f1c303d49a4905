"""How busy a process is with urgent work, on a clock of the test's own."""

import time
from collections.abc import Callable

import pytest
from rule_scheduler.load import Load

Pass = Callable[[float], None]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Give what lets so many seconds pass."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def add(seconds: float) -> None:
        now[0] += seconds

    return add


def test_the_share_is_that_of_the_time_since_the_last_question(passes: Pass) -> None:
    busy = Load()
    passes(3)
    with busy.urgent():
        passes(1)
    assert busy.share() == 0.25
    passes(1)
    assert busy.share() == 0
    with busy.urgent():
        passes(2)
    assert busy.share() == 1


def test_work_that_ends_in_between_is_counted_once_and_never_as_more_than_all(passes: Pass) -> None:
    busy = Load()
    with busy.urgent():
        passes(1)
        assert busy.share() == 0
    passes(1)
    assert busy.share() == 1
    passes(1)
    assert busy.share() == 0


def test_what_goes_on_at_the_same_time_is_counted_once(passes: Pass) -> None:
    busy = Load()
    first, second = busy.urgent(), busy.urgent()
    passes(1)
    first.__enter__()
    passes(1)
    second.__enter__()
    passes(1)
    first.__exit__(None, None, None)
    assert busy.share() == 2 / 3
    passes(1)
    second.__exit__(None, None, None)
    passes(1)
    assert busy.share() == 1 / 2


def test_work_that_never_pauses_is_all_of_the_time(passes: Pass) -> None:
    busy = Load()
    open_ = busy.urgent()
    open_.__enter__()
    for _ in range(3):
        following = busy.urgent()
        following.__enter__()
        passes(1)
        open_.__exit__(None, None, None)
        open_ = following
        assert busy.share() == 1
    open_.__exit__(None, None, None)


def test_while_timers_come_late_all_time_is_taken(passes: Pass) -> None:
    busy = Load()
    passes(1)
    busy.late = True
    assert busy.share() == 1
    busy.late = False
    passes(1)
    assert busy.share() == 0
