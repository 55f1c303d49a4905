"""What a desk says: messages that follow from executions."""

from dataclasses import dataclass
from uuid import UUID

from contracts.data import Data
from contracts.envelope import Cause
from contracts.topics import Topic


class Unsayable(Exception):
    """A message cannot travel; says why, to the person whose rule made it."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message that follows from an execution; `persons` are the contacts whose data it may hold."""

    topic: Topic
    item: UUID
    data: Data
    cause: Cause
    persons: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """What the operator may want to read in the log; `error` is a fault of ours."""

    words: str
    execution: UUID
    error: Exception | None = None
