"""Changes that are asked for at once: one request, as large as the platform takes, and an outcome for each."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from action_workers.answers import Sent
from action_workers.providers.changes import AudienceSettings, Change, Invalid
from action_workers.providers.together import Together
from chassis.errors import Rejected, Retryable
from hypothesis import given, settings
from hypothesis import strategies as st


class Platform:
    """Takes whatever is asked but some, whom it names or not, and of which it takes the others or nobody."""

    def __init__(self, wrong: Sequence[int] = (), *, names: bool = True, takes_rest: bool = False) -> None:
        self.wrong = {f"p{n}" for n in wrong}
        self.names = names
        self.takes_rest = takes_rest
        self.asked: list[Change] = []
        self.holds: set[str] = set()

    async def change(self, change: Change) -> Sent:
        await asyncio.sleep(0)
        self.asked.append(change)
        people = [person["id"] for person in change.people]
        places = [n for n, person in enumerate(people) if person in self.wrong]
        if not places or self.takes_rest:
            self.holds |= set(people) - self.wrong
        if places:
            rest = Sent(f"r{len(self.asked)}") if self.takes_rest else None
            raise Invalid("not usable", places=places if self.names else (), rest=rest)
        return Sent(f"r{len(self.asked)}")


def change(number: int, **more: object) -> Change:
    known = {"audience": "238", "add": True, "people": ({"id": f"p{number}"},), "key": UUID(int=number)}
    return Change(**{**known, **more})  # type: ignore[arg-type]  # the members of a change by their names


async def outcomes(ask: Callable[[Change], object], changes: Sequence[Change]) -> list[object]:
    return await asyncio.gather(*(ask(one) for one in changes), return_exceptions=True)  # type: ignore[call-overload,no-any-return]


async def test_what_is_asked_at_once_goes_in_one_request() -> None:
    platform = Platform()
    ends = await outcomes(Together(platform.change, 100).change, [change(n) for n in range(100)])
    assert ends == [Sent("r1")] * 100
    assert len(platform.asked) == 1


async def test_no_request_is_larger_than_the_platform_takes() -> None:
    platform = Platform()
    many = [change(n) for n in range(25)]
    pair = change(25, people=({"id": "p25"}, {"id": "p26"}))
    await outcomes(Together(platform.change, 10).change, [*many, pair])
    assert sorted(len(one.people) for one in platform.asked) == [7, 10, 10]
    assert platform.holds == {f"p{n}" for n in range(27)}


async def test_only_what_is_alike_goes_together() -> None:
    platform = Platform()
    granted = AudienceSettings(consent="granted")
    alike = [change(1), change(2, audience="55"), change(3, add=False), change(4, settings=granted), change(5)]
    await outcomes(Together(platform.change, 10).change, alike)
    assert sorted(len(one.people) for one in platform.asked) == [1, 1, 1, 2]


async def test_the_key_is_one_s_own_or_follows_from_all_so_that_a_repeat_is_known() -> None:
    platform = Platform()
    together = Together(platform.change, 10)
    await together.change(change(1))
    assert platform.asked[0].key == UUID(int=1)
    await outcomes(together.change, [change(2), change(3)])
    await outcomes(together.change, [change(3), change(2)])
    await outcomes(together.change, [change(3), change(4)])
    assert platform.asked[1].key == platform.asked[2].key != platform.asked[3].key


@pytest.mark.parametrize("error", [Rejected("no such audience"), Retryable("429"), RuntimeError("a mistake")])
async def test_what_is_wrong_with_the_request_is_told_to_each(error: Exception) -> None:
    async def refuses(_: Change) -> Sent:
        raise error

    assert await outcomes(Together(refuses, 10).change, [change(1), change(2)]) == [error, error]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.sets(st.integers(0, 29)), st.booleans(), st.booleans(), st.sampled_from([1, 4, 100]))
def test_each_hears_what_is_so_for_its_own_people(
    count: int,
    wrong: set[int],
    names: bool,  # noqa: FBT001  a case
    takes_rest: bool,  # noqa: FBT001  as above
    largest: int,
) -> None:
    platform = Platform(sorted(wrong), names=names, takes_rest=takes_rest)
    ends = asyncio.run(outcomes(Together(platform.change, largest).change, [change(n) for n in range(count)]))
    assert [isinstance(end, Invalid) for end in ends] == [n in wrong for n in range(count)]
    assert platform.holds == {f"p{n}" for n in range(count) if n not in wrong}


async def test_of_several_people_of_one_the_good_ones_go() -> None:
    platform = Platform([1])
    pair = change(0, people=({"id": "p0"}, {"id": "p1"}))
    assert await outcomes(Together(platform.change, 10).change, [pair, change(2)]) == [Sent("r2"), Sent("r2")]
    assert platform.holds == {"p0", "p2"}


async def test_a_place_that_nobody_has_is_no_place() -> None:
    async def strange(_: Change) -> Sent:
        raise Invalid("who knows", places=[77])

    ends = await outcomes(Together(strange, 10).change, [change(1), change(2), change(3)])
    assert [str(end) for end in ends] == ["who knows"] * 3


async def test_who_waits_no_more_is_not_asked_for_again() -> None:
    platform = Platform([1], names=False)
    waiting: list[asyncio.Task[Sent]] = []

    async def slow(asked: Change) -> Sent:
        waiting[2].cancel()
        return await platform.change(asked)

    together = Together(slow, 10)
    waiting += [asyncio.create_task(together.change(change(n))) for n in range(3)]
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [Sent, Invalid, asyncio.CancelledError]
    first, *later = platform.asked
    assert len(first.people) == 3
    assert {"id": "p2"} not in [person for one in later for person in one.people]
    await together.close()


async def test_an_account_that_is_closed_leaves_nothing_behind() -> None:
    async def hangs(_: Change) -> Sent:
        await asyncio.Event().wait()
        raise AssertionError

    before = asyncio.all_tasks()
    together = Together(hangs, 10)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await together.change(change(1))
    await together.close()
    assert asyncio.all_tasks() - before == set()
