"""Durable timers: what must happen later is a row, pending or gone; only the database's clock decides what is due.

The claim is that of `docs/decisions/0005-timers.md`: a lane's due rows in the order of their moment, locked with SKIP
LOCKED, from a remembered lower bound, so that dead index entries cost nothing; now and then from the very bottom.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from chassis import telemetry
from chassis.bounds import Bottom
from chassis.columns import places
from chassis.database import CONTENDED, UNREACHABLE, Database, Transaction
from chassis.retry import Pauses

BOTTOM = datetime(2000, 1, 1, tzinfo=UTC)
BATCH = 1000
# Seconds of sleep at least, and at most between looks that are in vain; and between those at a gate that is closed.
SHORTEST, IN_VAIN, CLOSED = 0.005, 0.25, 0.05
SET = (
    "INSERT INTO timer (id, lane, due_at, payload)"
    " SELECT i, $1, d, p FROM unnest($2::uuid[], $3::timestamptz[], $4::bytea[]) AS u(i, d, p)"
    " ON CONFLICT (lane, id) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload"
)
CANCEL = "DELETE FROM timer WHERE lane = $1 AND id = ANY($2::uuid[]) RETURNING id"
DUE = (
    "SELECT id, due_at, payload, ctid::text FROM timer WHERE lane = $1 AND due_at <= $2 AND due_at > $3"
    " ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED"
)
# The claim holds these very rows, so that they can be found where they lie; `places` writes where.
FIRED = "DELETE FROM timer WHERE ctid = ANY($1::text::tid[])"
NEXT = (
    "SELECT signalbox_now() AS now,"
    " (SELECT due_at FROM timer WHERE lane = $1 AND due_at > $2 ORDER BY due_at LIMIT 1) AS first"
)
# The bound lies so far before what was first.
BEFORE = timedelta(seconds=1)
log = structlog.get_logger()


class Timer(msgspec.Struct, gc=False, frozen=True):
    """One moment to come; the id is derived from what it is for, so that setting it again moves it.

    One that is due says in which `place` of the table it lies.
    """

    id: UUID
    due_at: datetime
    payload: bytes = b""
    place: str = ""


Fire = Callable[[Transaction, Sequence[Timer]], Awaitable[Collection[UUID]]]
Gate = Callable[[Transaction], Awaitable[bool]]


async def set_timers(tx: Transaction, lane: str, timers: Sequence[Timer]) -> None:
    """Set timers, or move those that are set."""
    if timers:
        await tx.execute(SET, lane, *_columns(timers))


def set_at_the_end(tx: Transaction, lane: str, timers: Sequence[Timer]) -> None:
    """Set timers at the end of the transaction, for who looks at none of this lane before."""
    if timers:
        tx.at_the_end(SET, lane, *_columns(timers))


def _columns(timers: Sequence[Timer]) -> tuple[list[UUID], list[datetime], list[bytes]]:
    return [t.id for t in timers], [t.due_at for t in timers], [t.payload for t in timers]


async def cancel_timers(tx: Transaction, lane: str, ids: Sequence[UUID]) -> set[UUID]:
    """Cancel timers and give those that will not fire; the others have fired or were never set."""
    return {row["id"] for row in await tx.fetch(CANCEL, lane, list(ids))} if ids else set()


def drop_timers(tx: Transaction, lane: str, ids: Sequence[UUID]) -> None:
    """Cancel timers at the end of the transaction, for who need not know which of them had fired."""
    if ids:
        tx.at_the_end(CANCEL, lane, list(ids))


def parted(timers: Sequence[Timer], over: Collection[UUID]) -> tuple[Sequence[Timer], Sequence[Timer]]:
    """Give those that are over, each named once, and those that are left; to hash ids costs, and mostly all is over."""
    if len(over) == len(timers):
        return timers, ()
    ids = frozenset(over)
    return [timer for timer in timers if timer.id in ids], [timer for timer in timers if timer.id not in ids]


def delete(tx: Transaction, fired: Sequence[Timer]) -> None:
    """Delete timers that this transaction holds, at its end."""
    if fired:
        tx.at_the_end(FIRED, places([timer.place for timer in fired]))


class Timers:
    """Takes the due timers of one lane; any number of replicas.

    `fire` gets the transaction and the timers that it holds, and gives the ids of those that it is done with: they are
    deleted; what it could not have stays due. Whoever sets a timer in this process that is due soon may set `woken`
    after the commit; `tick` is for what other processes set. `gate` is asked before anything is taken: while it is
    closed nothing fires.
    """

    def __init__(
        self,
        database: Database,
        lane: str,
        fire: Fire,
        *,
        tick: float = 0.25,
        batch: int = BATCH,
        woken: asyncio.Event | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.database = database
        self.lane = lane
        self.fire = fire
        self.gate = gate
        self.tick = tick
        self.batch = batch
        self.woken = woken or asyncio.Event()
        self.turned_at = time.monotonic()
        self._low = BOTTOM
        self._bottom = Bottom()
        self._in_vain = SHORTEST
        self._full = False
        self._closed = False

    async def run(self, stop: asyncio.Event) -> None:
        """Fire until told to stop; trouble of the database is waited out."""
        pauses = iter(Pauses())
        while not stop.is_set():
            try:
                self.woken.clear()
                await self._sleep(await self._step())
                pauses = iter(Pauses())
            except (*UNREACHABLE, *CONTENDED) as error:
                log.warning("timers: wait for the database", lane=self.lane, error=repr(error))
                await asyncio.sleep(next(pauses))
            self.turned_at = time.monotonic()

    async def _step(self) -> float:
        """Fire what is due, if anything is, and give the seconds until it is worth to look again."""
        # Behind a full batch there is more; the bottom is looked at all the same when it is time.
        if not self._full or self._bottom.due():
            ahead = await self._next()
            if ahead is None or ahead > 0:
                return self.tick if ahead is None else max(SHORTEST, min(ahead, self.tick))
        if await self.turn():
            self._in_vain = SHORTEST
            return 0.0
        if self._closed:
            return CLOSED
        # What is due but cannot be had, as it is locked, is asked for again ever more rarely.
        self._in_vain = min(2 * self._in_vain, IN_VAIN)
        return self._in_vain

    async def turn(self) -> int:
        """Take one batch of due timers in one transaction, and give how many were fired."""
        async with self.database.transaction() as tx:
            self._closed = self.gate is not None and not await self.gate(tx)
            if self._closed:
                return 0
            now = await tx.now()
            rows = await tx.fetch(DUE, self.lane, now, self._low, self.batch)
            self._full = len(rows) == self.batch
            if not rows:
                return 0
            timers = [Timer(*row) for row in rows]
            over = await self.fire(tx, timers)
            fired, left = parted(timers, over)
            delete(tx, fired)
        telemetry.LATENESS.observe(self.lane, [(now - timer.due_at).total_seconds() for timer in fired])
        self._low = (left or timers)[0].due_at - BEFORE
        return len(over)

    async def _next(self) -> float | None:
        """Give the seconds until the next timer is due; now and then from the very bottom, for what came late.

        The next looks begin there too, unless it is much that they would walk over.
        """
        from_bottom = self._bottom.due()
        with self._bottom.look() if from_bottom else contextlib.nullcontext():
            now, first = await self.database.ask_row(NEXT, self.lane, BOTTOM if from_bottom else self._low)
        if from_bottom:
            self._low = min(self._low, (first or now) - BEFORE) if self._bottom.costs else BOTTOM
        return None if first is None else float((first - now).total_seconds())

    async def _sleep(self, seconds: float) -> None:
        if seconds:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.woken.wait()
