"""How many effects an account takes: the arithmetic of its slots, and who gets them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from action_workers.traffic.limits import MANY, Limits, dealt, slots
from action_workers.traffic.shares import Line, Turns
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@settings(max_examples=100, deadline=None)
@given(
    rate=st.integers(1, 300),
    pauses=st.lists(st.integers(0, 400_000), min_size=1, max_size=80),
    wanted=st.integers(1, 50),
)
def test_no_second_ever_has_more_than_the_limit(rate: int, pauses: list[int], wanted: int) -> None:
    limits, empty_at, now = Limits(per_second=rate), None, NOW
    went: list[datetime] = []
    for pause in pauses:
        now += timedelta(microseconds=pause)
        count = min(wanted, limits.free(empty_at, now))
        empty_at = limits.after(empty_at, now, count)
        went += [now] * count
    assert all(sum(start <= at < start + SECOND for at in went) <= rate for start in went)


@pytest.mark.parametrize(("rate", "at_least"), [(1, 10), (0.5, 5), (30, 275), (200, 1800)])
def test_who_always_takes_what_is_free_gets_nearly_the_limit(rate: float, at_least: int) -> None:
    limits, empty_at, went = Limits(per_second=rate), None, 0
    for tick in range(1000):
        now = NOW + tick * timedelta(milliseconds=10)
        count = limits.free(empty_at, now)
        empty_at, went = limits.after(empty_at, now, count), went + count
    assert at_least <= went <= 10 * rate + limits.burst


def test_the_next_one_goes_when_it_is_said() -> None:
    limits = Limits(per_second=40)
    empty_at = limits.after(None, NOW, limits.free(None, NOW))
    assert limits.free(empty_at, NOW) == 0
    soon = limits.next_at(empty_at, NOW)
    assert limits.free(empty_at, soon - timedelta(microseconds=1)) == 0
    assert limits.free(empty_at, soon) == 1


def test_what_is_on_its_way_takes_its_slot() -> None:
    assert slots(Limits(at_once=5), None, 3, NOW) == 2
    assert slots(Limits(at_once=5), None, 7, NOW) == 0
    assert slots(Limits(), None, 1000, NOW) == MANY
    assert slots(Limits(per_second=1, at_once=5), None, 0, NOW) == 1


def test_what_a_connection_leaves_open_is_as_usual() -> None:
    usual = Limits(per_second=30, failures=3)
    assert Limits(at_once=2).over(usual) == Limits(per_second=30, at_once=2, failures=3)
    assert Limits(per_second=None).over(usual) == Limits(failures=3)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [({"per_second": 0}, "per_second"), ({"at_once": -1}, "at_once"), ({"per_minute": 3}, "per_minute")],
)
def test_limits_that_cannot_be_are_refused_by_their_place(wrong: dict[str, int], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Limits.model_validate(wrong)
    assert caught.value.errors()[0]["loc"] == (where,)


@given(count=st.integers(0, 100), among=st.integers(1, 20))
def test_what_is_dealt_is_all_of_it_and_even(count: int, among: int) -> None:
    parts = list(dealt(count, among))
    assert sum(parts) == count
    assert max(parts) - min(parts) <= 1


def lines(account: str, count: int) -> list[Line]:
    return [Line(account, UUID(int=n)) for n in range(count)]


def test_all_lines_of_an_account_have_a_turn_before_one_has_its_second() -> None:
    turns, waiting, served = Turns(), lines("twilio/a", 7), []
    for _ in range(7):
        [share] = turns.deal(waiting, {"twilio/a": 1}, 10)
        turns.served([share.line])
        served.append(share.line)
    assert sorted(served) == waiting


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 50)), min_size=1, max_size=6), st.integers(1, 60))
def test_shares_fit_in_the_slots_and_the_room_and_leave_none_empty(accounts: list[tuple[int, int]], room: int) -> None:
    waiting = [line for n, (count, _) in enumerate(accounts) for line in lines(f"a/{n}", count)]
    free = {f"a/{n}": count for n, (_, count) in enumerate(accounts)}
    shares = Turns().deal(waiting, free, room)
    taken = {account: sum(s.most for s in shares if s.line.account == account) for account in free}
    assert all(taken[account] <= free[account] for account in free)
    assert sum(taken.values()) <= room
    assert sum(taken.values()) >= min(room, max(free.values())) // len(accounts)
