"""What the consumer of one kind does with a batch: orders, cancels, words of people and reports change the ledger.

1. All rows that the batch concerns are locked in one statement; then the records are taken in their order, in memory.
2. An action makes one row for each recipient; one of a round that is known, or lower, changes nothing.
3. What changed is written and announced in one statement each; the executor is woken after the commit.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.errors import Rejected
from chassis.handling import Reader
from chassis.outbox import Outbox
from chassis.received import Reads, Received
from contracts import topics
from contracts.actions import (
    AppAnswered,
    CancelAction,
    ConfirmEffect,
    PerformAction,
    ProviderCallback,
    SetSuppression,
)
from contracts.tries import TryConnection

from action_workers import ledger, store
from action_workers.actions import find
from action_workers.announcing import ACTOR, Announcer
from action_workers.effect import Effect, ordered
from action_workers.reach import gate


class Book:
    """The rows that one batch concerns, as they become while it is taken."""

    def __init__(self, kind: str, rows: Iterable[Effect], now: datetime, account: Callable[[Effect], str]) -> None:
        self.kind = kind
        self.now = now
        self.account = account
        self.rows = {row.id: row for row in rows}
        self.changes: dict[UUID, Received] = {}
        self._of: dict[UUID, set[UUID]] = {}
        # Effects whose address is written to no more, and why.
        self.unwanted: list[tuple[Effect, str]] = []
        # What people say of addresses, in their order.
        self.words: list[SetSuppression] = []
        for row in self.rows.values():
            self._of.setdefault(row.execution, set()).add(row.id)

    def perform(self, received: Received, action: PerformAction) -> None:
        """Open or renew the rows of an action; raises `Rejected` where it is for nobody."""
        known = self._rows_of(action.execution)
        if any(row.round >= action.round for row in known):
            return
        fresh = {row.id: row for row in self._ordered(received, action)}
        left = [row for row in known if row.id not in fresh]
        for row in left:
            self._put(received, ledger.left_out(row, action.round, len(fresh) + len(left), self.now))
        for row in fresh.values():
            before, here = self.rows.get(row.id), replace(row, account=self.account(row))
            after = ledger.renewed(before, here, self.now) if before else ledger.opened(here, self.now)
            self._put(received, after)

    def _ordered(self, received: Received, action: PerformAction) -> list[Effect]:
        """Make the rows of an action; one that nobody here knows fails at its one attempt, in words."""
        if not action.recipients:
            raise Rejected(f"action {action.action} of execution {action.execution} is for nobody")
        known = find(action.action)
        return [
            ordered(
                action,
                recipient,
                kind=self.kind,
                attempts=known.attempts if known else 1,
                repeatable=bool(known and known.may_repeat(action.params)),
                cause=received.envelope.follow(actor=ACTOR),
                asked_at=received.envelope.time,
                knows_rule=bool(known and known.told),
            )
            for recipient in action.recipients
        ]

    def cancel(self, received: Received, cancel: CancelAction) -> None:
        """Withdraw what an execution has not sent."""
        asked_at = received.envelope.time
        for row in self._rows_of(cancel.execution):
            self._put(received, ledger.withdrawn(row, cancel.reason, asked_at, self.now))

    def confirm(self, received: Received, word: ConfirmEffect) -> None:
        """Take a person's word."""
        if row := self.rows.get(word.effect):
            self._put(received, ledger.settled(row, sent=word.sent, by=word.by, now=self.now))

    def report(self, received: Received, callback: ProviderCallback) -> None:
        """Take a provider's report."""
        if row := self.rows.get(callback.effect):
            self._put(received, ledger.reported(row, callback, self.now))
            if callback.suppress:
                self.unwanted.append((row, callback.suppress))

    def reply(self, received: Received, answer: AppAnswered) -> None:
        """Take what an app answers later."""
        if row := self.rows.get(answer.effect):
            self._put(received, ledger.replied(row, answer, self.now))

    def suppress(self, _: Received, word: SetSuppression) -> None:
        """Take a person's word on an address."""
        self.words.append(word)

    def _rows_of(self, execution: UUID) -> list[Effect]:
        return [self.rows[effect] for effect in sorted(self._of.get(execution, ()))]

    def _put(self, received: Received, row: Effect | None) -> None:
        if row is not None:
            self.rows[row.id] = row
            self.changes[row.id] = received
            self._of.setdefault(row.execution, set()).add(row.id)


def concerned(batch: Iterable[Received]) -> tuple[set[UUID], set[UUID]]:
    """Give the executions and the effects that a batch is about."""
    messages = [received.data for received in batch]
    executions = {one.execution for one in messages if isinstance(one, PerformAction | CancelAction)}
    effects = {one.effect for one in messages if isinstance(one, ConfirmEffect | ProviderCallback | AppAnswered)}
    return executions, effects


AccountOf = Callable[[Effect, Knowledge], str]
Take = Callable[[Book, Received, Any], None]
TABLE: Mapping[type, Take] = {
    PerformAction: Book.perform,
    CancelAction: Book.cancel,
    ConfirmEffect: Book.confirm,
    ProviderCallback: Book.report,
    SetSuppression: Book.suppress,
    AppAnswered: Book.reply,
}


class Intake:
    """Takes batches of one kind, and wakes whoever carries out what is planned.

    `account` names what an effect goes through. Accounts that people try are handed to `tries` after the commit.
    """

    def __init__(
        self,
        kind: str,
        outbox: Outbox,
        wake: asyncio.Event,
        *,
        config: ConfigCopy[Knowledge],
        account: AccountOf,
        tries: Callable[[Received], None] = lambda _: None,
    ) -> None:
        self.kind = kind
        self.announcer = Announcer(outbox)
        self.wake = wake
        self.config = config
        self.account = account
        self.tries = tries

    def reader(self) -> Reader:
        """Give the reading of this kind's topic."""
        return Reader(
            group=f"action-workers.{self.kind}",
            topics=(topics.ACTIONS[self.kind],),
            reads=Reads.of((*TABLE, TryConnection)),
            handle=self.take,
        )

    async def take(self, tx: Transaction, batch: Sequence[Received]) -> None:
        """Take a batch in one transaction."""
        rows = await store.lock_concerned(tx, *concerned(batch))
        knowledge = await self.config.view(tx, after_locks=True)
        book = Book(self.kind, rows, await tx.now(), lambda effect: self.account(effect, knowledge))
        for received in batch:
            if isinstance(received.data, TryConnection):
                tx.after_commit(partial(self.tries, received))
            else:
                TABLE[type(received.data)](book, received, received.data)
        await gate.suppress(tx, book.unwanted, book.now, self.announcer.outbox)
        await gate.ordered(tx, book.words, book.now, self.announcer.outbox)
        await store.save(tx, [book.rows[effect] for effect in sorted(book.changes)])
        await self.announcer.announce_after(tx, [(book.rows[e], r.envelope) for e, r in book.changes.items()])
        if any(book.rows[effect].state == "planned" for effect in book.changes):
            tx.after_commit(self.wake.set)
