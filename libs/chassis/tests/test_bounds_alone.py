"""The bound of a queue passes nothing by, in whatever order transactions write, end and are looked at."""

import pytest
from chassis import bounds
from chassis.bounds import Bottom, Settled
from hypothesis import example, given, settings
from hypothesis import strategies as st

Row = dict[str, str]
STEPS = st.lists(
    st.tuples(st.sampled_from(("write", "write", "commit", "roll back", "carry", "carry")), st.integers(0, 3)),
    max_size=60,
)


class Queue:
    """A table whose rows are numbered when they are written and seen when their transaction commits."""

    def __init__(self, batch: int) -> None:
        self.settled = Settled()
        self.batch = batch
        self.next = 1
        self.open: dict[str, list[int]] = {}
        self.seen: set[int] = set()
        self.looks = 0

    async def fetch(self, _: str) -> list[Row]:
        """Answer as the database does who is writing."""
        self.looks += 1
        return [{"virtualtransaction": writer} for writer in self.open]

    def write(self, writer: str) -> None:
        self.open.setdefault(writer, []).append(self.next)
        self.next += 1

    def end(self, writer: str, *, commits: bool) -> None:
        numbers = self.open.pop(writer, [])
        self.seen |= set(numbers if commits else ())

    async def carry(self) -> list[int]:
        self.settled._look_at = 0.0
        await self.settled.look(self)
        rows = sorted(number for number in self.seen if number > self.settled.low)[: self.batch]
        self.seen -= set(rows)
        self.settled.carried(rows[-1] if rows else None, all_of_them=len(rows) < self.batch)
        return rows

    def passed_by(self) -> list[int]:
        """Give the rows that are there, or may yet come, and that nobody looks at any more."""
        mine = [number for numbers in self.open.values() for number in numbers]
        return [number for number in (*self.seen, *mine) if number <= self.settled.low]


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, batch=st.integers(1, 4))
# Who writes before others and commits after two looks; and more that comes late than one batch holds.
@example(steps=[("write", 0), ("write", 1), ("commit", 1), *[("carry", 0)] * 3], batch=4)
@example(
    steps=[*[("write", 0)] * 2, ("write", 1), ("commit", 1), *[("carry", 0)] * 2, ("commit", 0), ("carry", 0)], batch=1
)
async def test_no_row_is_ever_passed_by_and_the_bound_comes_after(steps: list[tuple[str, int]], batch: int) -> None:
    queue = Queue(batch)
    for what, which in steps:
        # A transaction that has ended does not come back: its place is another one's.
        writer = next((one for one in queue.open if one.startswith(f"{which}/")), f"{which}/{queue.next}")
        if what == "write":
            queue.write(writer)
        elif what == "carry":
            await queue.carry()
        else:
            queue.end(writer, commits=what == "commit")
        assert queue.passed_by() == []
    for writer in list(queue.open):
        queue.end(writer, commits=True)
    while await queue.carry():
        assert queue.passed_by() == []
    for _ in range(3):
        await queue.carry()
    assert queue.settled.low == queue.settled._highest


async def test_who_knows_that_all_is_carried_does_not_ask_who_writes() -> None:
    queue = Queue(10)
    queue.write("a")
    for _ in range(5):
        await queue.carry()
    assert queue.looks == 0
    queue.end("a", commits=True)
    for _ in range(5):
        await queue.carry()
    assert (queue.settled.low, queue.looks) == (1, 1)


class Clock:
    """Real time, as a test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bounds, "time", clock)
    return clock


async def test_between_two_looks_at_who_writes_some_time_passes(clock: Clock) -> None:
    queue, settled = Queue(10), Settled()
    settled.carried(7, all_of_them=True)
    queue.open["long"] = [8]
    for passed, looks in ((0.0, 1), (0.05, 1), (0.06, 2), (0.0, 2), (0.2, 3)):
        clock.now += passed
        await settled.look(queue)
        assert queue.looks == looks


@pytest.mark.parametrize(
    ("took", "rests", "costs"),
    [(0.0, 2.0, False), (0.004, 2.0, False), (0.006, 2.0, True), (0.04, 2.0, True), (3.0, 150.0, True)],
)
def test_a_look_from_the_bottom_takes_a_small_part_of_the_time(
    clock: Clock, took: float, rests: float, *, costs: bool
) -> None:
    bottom = Bottom()
    assert bottom.due()
    with bottom.look():
        clock.now += took
    assert bottom.costs is costs
    clock.now += rests - 0.01
    assert not bottom.due()
    clock.now += 0.02
    assert bottom.due()


def test_a_look_that_is_cheap_again_is_known_to_be(clock: Clock) -> None:
    bottom = Bottom()
    for took, costs in ((1.0, True), (0.0, False)):
        with bottom.look():
            clock.now += took
        assert bottom.costs is costs


def test_a_look_that_failed_is_due_at_once(clock: Clock) -> None:
    bottom = Bottom()

    def fail() -> None:
        with bottom.look():
            clock.now += 1.0
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        fail()
    assert bottom.due()
