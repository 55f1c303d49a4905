"""Records what attempts came to: those that end while one transaction is written go into the next one together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg
import structlog
from chassis.database import CONTENDED, UNREACHABLE, Database, Transaction
from chassis.outbox import Outbox
from chassis.retry import Pauses
from chassis.timers import Timer, drop_timers, set_timers

from action_workers import claims, ledger, store
from action_workers.announcing import Announcer
from action_workers.answers import Refused, Sent, TryLater, TryNext, Unknown
from action_workers.attempts import Attempt
from action_workers.effect import Effect
from action_workers.memberships import keeping
from action_workers.memberships.keeping import Done
from action_workers.memberships.membership import KIND
from action_workers.reach import gate
from action_workers.reach import store as reach_store
from action_workers.traffic import hearing
from action_workers.traffic.hearing import News
from action_workers.traffic.standing import Heard

# What says nothing against that which is written.
TROUBLE = (*UNREACHABLE, *CONTENDED, asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError)
UNKEPT = "it was accepted; what it answered cannot be kept"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that ended: the effect as it was claimed, and what came of it."""

    claimed: Effect
    attempt: Attempt


class Recording:
    """The ends of one kind's attempts."""

    def __init__(self, kind: str, database: Database, outbox: Outbox) -> None:
        self.kind = kind
        self.database = database
        self.announcer = Announcer(outbox)
        self._writing = asyncio.Lock()
        self._waiting: list[Ended] = []

    async def record(self, ended: Ended) -> None:
        """Record an end, as often as it takes until it is committed; returns once it is."""
        self._waiting.append(ended)
        async with self._writing:
            if any(waiting is ended for waiting in self._waiting):
                batch, self._waiting = self._waiting, []
                await self._write(batch)

    async def record_all(self, ended: Sequence[Ended]) -> None:
        """Record ends that came of one request, together."""
        async with self._writing:
            await self._write(ended)

    async def _write(self, batch: Sequence[Ended]) -> None:
        """Record ends together; where that cannot be, each by itself, so that none is lost by another one."""
        try:
            await self._commit(batch)
        except Exception as error:  # noqa: BLE001  whatever it is, it is found out of whom
            log.warning("recording: answers cannot be kept together", kind=self.kind, error=repr(error))
            for ended in batch:
                await self._alone(ended)

    async def _alone(self, ended: Ended) -> None:
        """Record one end; of what was accepted that it was, where the rest of the answer cannot be kept."""
        for told in (ended, *without_answer(ended)):
            try:
                await self._commit([told])
            except Exception:
                # The claim stays, and is found when its time is over.
                log.exception("recording: an answer cannot be kept", effect=str(ended.claimed.id))
            else:
                return

    async def _commit(self, batch: Sequence[Ended]) -> None:
        for pause in Pauses():
            try:
                async with self.database.transaction() as tx:
                    await self._take(tx, {ended.claimed.id: ended for ended in batch})
            except TROUBLE as error:
                log.warning("recording: answers wait for the database", kind=self.kind, error=repr(error))
                await asyncio.sleep(pause)
            else:
                return

    async def _take(self, tx: Transaction, ends: dict[object, Ended]) -> None:
        rows = await store.lock(tx, [ended.claimed.id for ended in ends.values()])
        now = await tx.now()
        taken = [after for row in rows if (after := answered(row, ends[row.id], now)) is not None]
        await self._reached(tx, ends, taken, now)
        await store.end_attempts(tx, [(e.claimed, e.attempt.answer) for e in ends.values()], now)
        changes = await self._followed(tx, ends, taken, now)
        await store.move(tx, [*changes.known.values()])
        await store.save(tx, [*changes.fresh.values()])
        await self._set_timers(tx, taken)
        await hearing.note(tx, [news_of(ended) for ended in ends.values()], now)
        await self.announcer.announce(tx, changes.known.values())

    async def _set_timers(self, tx: Transaction, taken: Sequence[Effect]) -> None:
        """End the wait for answers that came; what is answered later has until then."""
        waiting = [Timer(e.id, e.claimed_until) for e in taken if e.state == "awaited" and e.claimed_until]
        await set_timers(tx, claims.lane(self.kind), waiting)
        awaited = {timer.id for timer in waiting}
        drop_timers(tx, claims.lane(self.kind), [effect.id for effect in taken if effect.id not in awaited])

    async def _reached(
        self, tx: Transaction, ends: dict[object, Ended], taken: Sequence[Effect], now: datetime
    ) -> None:
        """Write no more to addresses that are none, and count what was refused against no cap."""
        answers = [(effect, ends[effect.id].attempt.answer) for effect in taken]
        refused = [(effect, answer) for effect, answer in answers if isinstance(answer, Refused | TryNext)]
        # As it was claimed: after a refusal a message goes by its next way.
        unwanted = [(ends[effect.id].claimed, answer.suppress) for effect, answer in refused if answer.suppress]
        await gate.suppress(tx, unwanted, now, self.announcer.outbox)
        await reach_store.release(tx, [effect.id for effect, _ in refused if effect.state == "failed"])

    async def _followed(
        self, tx: Transaction, ends: dict[object, Ended], taken: Sequence[Effect], now: datetime
    ) -> keeping.Changes:
        """Keep what the ends mean for who is in which audience, and give all rows that change by them."""
        if self.kind != KIND:
            return keeping.Changes({effect.id: effect for effect in taken})
        done = [(ends[effect.id], effect) for effect in taken]
        return await keeping.note(tx, [done_of(one, effect) for one, effect in done], now)


def answered(row: Effect, ended: Ended, now: datetime) -> Effect | None:
    """Give a row after the answer to its attempt, None where it came too late to count."""
    after = ledger.answered(row, ended.claimed.attempts, ended.attempt.answer, now, pauses=ended.attempt.pauses)
    if after is None:
        log.info("recording: an answer came too late to count", effect=str(row.id), state=row.state)
    return after


def news_of(ended: Ended) -> News:
    """Give what an end says of the account that the attempt went through."""
    attempt, answer = ended.attempt, ended.attempt.answer
    reason = answer.reason if isinstance(answer, TryLater | Unknown) else ""
    after = answer.after if isinstance(answer, TryLater) else None
    heard = Heard(ended.claimed.id, attempt.word, reason, after)
    return News(ended.claimed.account, heard, attempt.limits, attempt.pauses)


def done_of(ended: Ended, after: Effect) -> Done:
    """Give what an end says of who is in which audience."""
    answer = ended.attempt.answer
    if not isinstance(answer, Sent):
        return Done(ended.claimed, after)
    return Done(ended.claimed, after, answer.people, answer.ask_after)


def without_answer(ended: Ended) -> list[Ended]:
    """Give an end that says no more than that it was accepted, none where it was not."""
    answer = ended.attempt.answer
    if not isinstance(answer, Sent):
        return []
    bare = replace(answer, reference="", results={}, words=UNKEPT)
    return [replace(ended, attempt=replace(ended.attempt, answer=bare))]
