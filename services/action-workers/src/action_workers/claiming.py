"""Which effects go next: claimed here, and committed before anything outside is touched.

1. The heads of the lines are looked at: of each rule in each account, what is due first. What waits behind a head, or
   in an account that is closed or full, is not looked at.
2. Accounts with limits, or in doubt, are held, so that replicas count together; each has so many slots.
3. The slots of an account are dealt among its lines, and that many effects are locked and claimed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.timers import Timer, set_at_the_end

from action_workers import claims, ledger, store, telemetry
from action_workers.announcing import Announcer
from action_workers.attempts import Attempts
from action_workers.effect import UNKNOWN, Effect
from action_workers.reach import gate
from action_workers.traffic import counting, lines
from action_workers.traffic.counting import Counted
from action_workers.traffic.shares import Head, Line, Turns
from action_workers.traffic.standing import Standing
from action_workers.traffic.waiting import Waiting

# How many lines are looked at in one turn; the next turn goes on behind them.
WINDOW = 200
AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class Room:
    """How many more this process can carry: in all, and in each account, of which so many are on their way."""

    total: int
    each: int
    running: Mapping[str, int]

    @property
    def full(self) -> list[str]:
        """Give the accounts that have no room here."""
        return [account for account, count in self.running.items() if count >= self.each]

    def of(self, account: str) -> int:
        """Give how many more of an account there is room for."""
        return max(0, self.each - self.running.get(account, 0))


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was claimed, and after what rest there may be more; `starved`: more is due than has room here."""

    effects: Sequence[Effect]
    knowledge: Knowledge
    rest: timedelta
    starved: bool = False


class Claiming:
    """Claims effects of one kind, each for so long."""

    def __init__(
        self, kind: str, config: ConfigCopy[Knowledge], attempts: Attempts, announcer: Announcer, lasts: timedelta
    ) -> None:
        self.kind = kind
        self.config = config
        self.attempts = attempts
        self.announcer = announcer
        self.lasts = lasts
        self.waiting = Waiting(kind, announcer)
        self._turns = Turns()
        self._behind = lines.FIRST

    async def claim(self, tx: Transaction, room: Room) -> Claimed:
        """Claim what is due and has a slot, as far as there is room; what is too late by now is missed."""
        knowledge = await self.config.view(tx, after_locks=True)
        now = await tx.now()
        heads, known = await self._look(tx, room, now)
        due = self._due(heads, known, now)
        wanted = {line.account for line in due}
        counted = await counting.count(tx, wanted, known, lambda name: self.attempts.limits(name, knowledge), now)
        slots = {account: min(counted.of(account), room.of(account)) for account in wanted}
        rows = await self._take(tx, due, slots, room, now)
        claimed = await self._begin(tx, rows, knowledge, counted, now)
        await self.waiting.say(tx, known.values(), now)
        filled = self._filled(claimed, slots, counted)
        more = (bool(rows) and not filled) or self._behind != lines.FIRST
        rest = AT_ONCE if more else self._rest(heads, known, counted, now)
        return Claimed(claimed, knowledge, rest, starved=filled or any(not slots[account] for account in wanted))

    def _filled(self, claimed: Sequence[Effect], slots: Mapping[str, int], counted: Counted) -> bool:
        """Say whether all that is wanted is full by now, so that there is more only when something ends here."""
        taken = Counter(effect.account for effect in claimed)
        return bool(taken) and all(taken[a] == most and a not in counted.slots for a, most in slots.items())

    def _due(self, heads: Sequence[Head], known: Mapping[str, Standing], now: datetime) -> list[Line]:
        """Give the lines that have something to do, in accounts that are not closed."""
        closed = {account for account, standing in known.items() if standing.closed(now)}
        telemetry.CLOSED.labels(self.kind).set(len(closed))
        return [head.line for head in heads if head.due_at <= now and head.line.account not in closed]

    async def _look(self, tx: Transaction, room: Room, now: datetime) -> tuple[list[Head], dict[str, Standing]]:
        """Look at the next heads, and go on behind them the next time."""
        heads, known = await lines.heads(tx, self.kind, self._behind, now, full=room.full, most=WINDOW)
        self._behind = heads[-1].line if len(heads) == WINDOW else lines.FIRST
        return heads, known

    async def _take(
        self, tx: Transaction, due: Sequence[Line], slots: Mapping[str, int], room: Room, now: datetime
    ) -> list[Effect]:
        """Deal the slots among the lines that are due, and lock of each its share."""
        shares = self._turns.deal(due, slots, room.total)
        rows = await lines.take(tx, self.kind, shares, now) if shares else []
        self._turns.served(share.line for share in shares)
        return rows

    async def _begin(
        self, tx: Transaction, rows: Sequence[Effect], knowledge: Knowledge, counted: Counted, now: datetime
    ) -> list[Effect]:
        """Claim rows and begin their attempts; what goes by another account by now waits in the line of that."""
        here, elsewhere = self._parted(rows, knowledge)
        until = now + self.lasts
        due = {row.id: row for row in here}
        taken = [ledger.claimed(row, now, until) for row in here]
        taken = await gate.let_through(tx, self.kind, taken, due, portal=knowledge.portal, now=now)
        claimed = [effect for effect in taken if effect.state == "claimed"]
        await store.move(tx, [*elsewhere, *taken])
        await self.announcer.announce(tx, taken)
        await store.begin_attempts(tx, claimed, now)
        counting.spend(tx, counted, claimed, now, until)
        set_at_the_end(tx, claims.lane(self.kind), [Timer(e.id, until) for e in claimed])
        return claimed

    def _parted(self, rows: Sequence[Effect], knowledge: Knowledge) -> tuple[list[Effect], list[Effect]]:
        """Part the rows that go now from those that wait elsewhere, each with the account that it goes by now."""
        here: list[Effect] = []
        elsewhere: list[Effect] = []
        for row in rows:
            name = self.attempts.account(row, knowledge)
            (here if self._stays(row, name, knowledge) else elsewhere).append(replace(row, account=name))
        return here, elsewhere

    def _stays(self, row: Effect, name: str, knowledge: Knowledge) -> bool:
        """Say whether a row goes now: by its account, or by one that was not known before and that nobody counts."""
        return row.account == name or (row.account == UNKNOWN and not self.attempts.limits(name, knowledge).counted)

    def _rest(self, heads: Sequence[Head], known: Mapping[str, Standing], counted: Counted, now: datetime) -> timedelta:
        """Give how long nothing changes by itself, as far as that is known."""
        opens = [at for s in known.values() for at in (s.busy_until, s.closed_until) if at is not None]
        comes = [at for at in (*opens, *(head.due_at for head in heads)) if at > now]
        return min([*comes, counted.next_at, now + counting.LATEST]) - now
