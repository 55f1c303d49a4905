"""Who goes next: the free slots of each account are dealt among its rules, whoever waited longest for a turn first."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from action_workers.traffic.limits import dealt

# So many lines are known to have had their turn; who is forgotten goes first.
REMEMBERED = 10_000


class Line(NamedTuple):
    """The effects of one rule that go through one account, in the order of their time."""

    account: str
    rule: UUID


class Head(NamedTuple):
    """The first of a line, and when it is due."""

    line: Line
    due_at: datetime


class Share(NamedTuple):
    """How many of a line may go now."""

    line: Line
    most: int


class Turns:
    """Remembers which lines were served last."""

    def __init__(self) -> None:
        self._turn = 0
        self._served: dict[Line, int] = {}

    def deal(self, lines: Collection[Line], slots: Mapping[str, int], room: int) -> list[Share]:
        """Deal the slots of accounts among lines, no more than there is room for; what is over waits its turn."""
        by_account: dict[str, list[Line]] = {}
        for line in sorted(lines, key=self._last):
            if slots.get(line.account, 0) > 0:
                by_account.setdefault(line.account, []).append(line)
        shares: list[Share] = []
        for n, (account, waiting) in enumerate(by_account.items()):
            fair = -(-(room - sum(share.most for share in shares)) // (len(by_account) - n))
            most = min(slots[account], fair)
            shares += [Share(*one) for one in zip(waiting, dealt(most, len(waiting)), strict=True) if one[1]]
        return shares

    def served(self, lines: Iterable[Line]) -> None:
        """Note that lines had their turn; those that are not heard of again are forgotten."""
        self._turn += 1
        for line in lines:
            self._served.pop(line, None)
            self._served[line] = self._turn
        while len(self._served) > REMEMBERED:
            del self._served[next(iter(self._served))]

    def _last(self, line: Line) -> int:
        return self._served.get(line, 0)
