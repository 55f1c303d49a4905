"""What is counted of automated moves, and a chain of causes that was stopped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Kind = Literal["hops", "returns", "day"]
State = Literal["stopped", "released"]
# A pipeline and a stage.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entries:
    """How often an item came into a stage for one reason: in this chain, and by automation within 24 hours."""

    item: UUID
    place: Place
    why: str
    of_chain: int
    of_day: int


@dataclass(frozen=True, slots=True)
class Loop:
    """A chain that was stopped: the move or creation that was not made, and why in words.

    `place` is where it led, two empty texts for a creation; `hops` is how long the chain was; `refused` counts what was
    not made since.
    """

    id: UUID
    kind: Kind
    item: UUID
    correlation: UUID
    place: Place
    activation: int
    hops: int
    words: str
    why: str
    at: datetime
    last_at: datetime
    told: str = ""
    state: State = "stopped"
    times: int = 1
    refused: int = 1
    released_by: str = ""
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a chain: entries of its items, whose present stage its root chose, and what was stopped.

    `old` are items of which entries can be forgotten.
    """

    entries: tuple[Entries, ...] = ()
    rooted: frozenset[UUID] = frozenset()
    loops: tuple[Loop, ...] = ()
    old: frozenset[UUID] = frozenset()

    def __add__(self, other: "Past") -> "Past":
        """Know both."""
        known = {one.id: one for one in (*self.loops, *other.loops)}
        rooted, old = self.rooted | other.rooted, self.old | other.old
        return Past((*self.entries, *other.entries), rooted, tuple(known.values()), old)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry to be counted."""

    item: UUID
    place: Place
    at: datetime
    correlation: UUID
    hops: int
    why: str
