"""What is asked of one audience at the same time goes to the platform in one request, and each has its own outcome.

An audience is a set, so whatever is not clear may be asked again: the people whom a platform cannot use, and does not
name, are found by asking for ever smaller parts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from contracts.ids import derived

from action_workers.answers import Sent
from action_workers.providers.changes import Change, Invalid, Person

# How long, in seconds, a change waits for others of the same audience.
GATHERED_FOR = 0.02


class Target(NamedTuple):
    """What must be the same for changes to go together."""

    audience: str
    add: bool
    settings: str


@dataclass(slots=True)
class Asked:
    """One change, and whoever waits for its outcome."""

    change: Change
    outcome: asyncio.Future[Sent] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def give(self, sent: Sent) -> None:
        """Tell that it was taken."""
        if not self.outcome.done():
            self.outcome.set_result(sent)

    def refuse(self, error: Exception) -> None:
        """Tell that it was not."""
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def outlives(self, error: Invalid, good: tuple[Person, ...]) -> bool:
        """Tell what is known of it by now; says whether it is to be asked again, for those people who are good."""
        if not good:
            self.refuse(error)
        elif error.rest is not None:
            self.give(error.rest)
        else:
            self.change = replace(self.change, people=good)
            return True
        return False


class Together:
    """Gathers the changes at one account; `change` makes one there, of so many people at most."""

    def __init__(self, change: Callable[[Change], Awaitable[Sent]], largest: int) -> None:
        self._change = change
        self._largest = largest
        self._gathered: dict[Target, list[Asked]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def change(self, change: Change) -> Sent:
        """Make a change with others; raises for its own people what the platform has against them."""
        target = Target(change.audience, change.add, change.settings.model_dump_json())
        asked = Asked(change)
        if target not in self._gathered:
            self._gathered[target] = []
            task = asyncio.create_task(self._go(target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._gathered[target].append(asked)
        return await asked.outcome

    async def close(self) -> None:
        """End what nobody waits for any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _go(self, target: Target) -> None:
        await asyncio.sleep(GATHERED_FOR)
        left = list(parts(self._gathered.pop(target), self._largest))
        while left:
            if waiting := [asked for asked in left.pop() if not asked.outcome.done()]:
                left += await self._make(waiting)

    async def _make(self, waiting: list[Asked]) -> list[list[Asked]]:
        """Make one request, and give what is left to be asked."""
        try:
            sent = await self._change(merged([asked.change for asked in waiting]))
        except Invalid as error:
            return sifted(waiting, error)
        except Exception as error:  # each of them hears of it, whatever it is  # noqa: BLE001
            for asked in waiting:
                asked.refuse(error)
        else:
            for asked in waiting:
                asked.give(sent)
        return []


def sifted(waiting: list[Asked], error: Invalid) -> list[list[Asked]]:
    """Tell those who cannot be used, and those who were taken; give in parts whom to ask for again."""
    places = error.places & frozenset(range(sum(len(asked.change.people) for asked in waiting)))
    if not places and len(waiting) > 1:
        half = len(waiting) // 2
        return [waiting[:half], waiting[half:]]
    left, begin = [], 0
    for asked in waiting:
        people = asked.change.people
        good = tuple(person for place, person in enumerate(people, begin) if places and place not in places)
        begin += len(people)
        if asked.outlives(error, good):
            left.append(asked)
    return [left]


def parts(gathered: Sequence[Asked], largest: int) -> Iterator[list[Asked]]:
    """Give changes in parts of so many people at most; one change stays whole."""
    part: list[Asked] = []
    count = 0
    for asked in gathered:
        people = len(asked.change.people)
        if part and count + people > largest:
            yield part
            part, count = [], 0
        part.append(asked)
        count += people
    if part:
        yield part


def merged(changes: Sequence[Change]) -> Change:
    """Give one change for all of them; its key follows from theirs, so that the same ones asked again are known."""
    if len(changes) == 1:
        return changes[0]
    people = tuple(person for change in changes for person in change.people)
    key = derived("together", *sorted(str(change.key) for change in changes))
    return replace(changes[0], people=people, key=key)
