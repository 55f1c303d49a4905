"""Work that goes on in the background, in chunks: what a job is, and what one chunk of it gives.

A chunk is one transaction. What it did, how far it came and what it could not do are committed together, so a process
may be killed at any instruction: the next chunk begins where the last committed one ended.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.outbox import Outbox
from chassis.principals import Principal
from contracts.data import JsonObject
from contracts.envelope import Cause

from crm_api.access.rights import Rights, rights_of
from crm_api.record.changing import Changes

State = Literal["queued", "running", "done", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("queued", "running")
RESUMABLE: tuple[State, ...] = ("failed", "cancelled")


class JobImpossible(Exception):
    """A job cannot go on; the message says why, to the person who asked for it."""


class Elsewhere(Exception):
    """Another process goes on with a job, by what it has in memory: this one leaves the chunk to it."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands: `done` of `total` (None: not known), `counts` by outcome, `problems` how many rows failed.

    `asked_by` is who asked for it, as an `operator` of the deployment or within their own rights.
    """

    id: UUID
    kind: str
    state: State
    params: JsonObject
    cursor: JsonObject
    asked_by: str
    operator: bool
    created_at: datetime
    done: int = 0
    total: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: int = 0
    reason: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def cause(self) -> Cause:
        """Give the cause of all that the job does: the job itself, asked for by a person."""
        return Cause(self.id, self.id, actor=self.asked_by)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What could not be done: in which row and column of a file (0 and "" where there is none), and how to mend it."""

    row: int
    column: str
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk did: where the next begins, and how much was done.

    `total` replaces what is known of it; `wait` spaces this chunk from the next; the last has no `more`.
    """

    cursor: JsonObject
    more: bool
    done: int = 0
    total: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[RowProblem] = ()
    wait: timedelta = timedelta()


@dataclass
class Chunk:
    """What one chunk works with.

    `memory` is what this process keeps of the job between chunks; it is empty after a crash, and in another process.
    """

    tx: Transaction
    knowledge: Knowledge
    outbox: Outbox
    job: Job
    memory: dict[str, Any]

    @property
    def rights(self) -> Rights | None:
        """Give what the person who asked may do now; None where it was no person."""
        if not self.job.asked_by.startswith("user:"):
            return None
        return rights_of(Principal(self.job.asked_by, operator=self.job.operator), self.knowledge)

    def changes(self, tx: Transaction | None = None) -> Changes:
        """Give changes to items of which the job is the cause, in a part of the transaction where one is given."""
        return Changes(tx or self.tx, self.knowledge, self.job.cause, self.outbox, self.rights)


# Does one chunk; raises `JobImpossible` or a `FieldError`, with words, where the job cannot go on, and `Elsewhere`.
Work = Callable[[Chunk], Awaitable[Step]]
