"""How many slots each account has now, counted together by all replicas that hold its row."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chassis.database import Transaction

from action_workers.effect import Effect
from action_workers.traffic import store
from action_workers.traffic.limits import MANY, Limits, slots
from action_workers.traffic.standing import Standing

# When to look again at an account that another replica just counts for, and how long nobody looks at most.
SOON, LATEST = timedelta(milliseconds=20), timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True)
class Counted:
    """The slots of accounts that are counted, how those stand that this transaction holds, and when there are more."""

    slots: Mapping[str, int]
    standings: Mapping[str, Standing]
    limits: Mapping[str, Limits]
    next_at: datetime

    def of(self, account: str) -> int:
        """Give how many slots an account has."""
        return self.slots.get(account, MANY)


async def count(
    tx: Transaction,
    accounts: Collection[str],
    known: Mapping[str, Standing],
    limits_of: Callable[[str], Limits],
    now: datetime,
) -> Counted:
    """Count the slots of those accounts that have limits or are in doubt, which costs nothing where none is."""
    limits = {account: limits_of(account) for account in accounts}
    held = [account for account in accounts if limits[account].counted or is_doubted(known, account)]
    if not held:
        return Counted({}, {}, limits, now + LATEST)
    return await count_together(tx, held, known, limits, now)


async def count_together(
    tx: Transaction, held: Collection[str], known: Collection[str], limits: Mapping[str, Limits], now: datetime
) -> Counted:
    """Count the slots of accounts under their locks; one that another replica just counts for has none here."""
    standings = await store.lock_free(tx, held, known)
    together = [account for account in standings if limits[account].at_once is not None]
    running = await store.running(tx, together) if together else {}
    slots_of = dict.fromkeys(held, 0) | {
        account: free_slots(standing, limits[account], running.get(account, 0), now)
        for account, standing in standings.items()
    }
    taking_none = [standing for account, standing in standings.items() if not slots_of[account]]
    nexts = [next_at(standing, limits[standing.account], now) for standing in taking_none]
    look_at = now + (SOON if len(standings) < len(held) else LATEST)
    return Counted(slots_of, standings, limits, min([*nexts, look_at]))


def is_doubted(known: Mapping[str, Standing], account: str) -> bool:
    """Say whether only a probe may go to an account."""
    return account in known and known[account].doubted


def free_slots(standing: Standing, limits: Limits, running: int, now: datetime) -> int:
    """Give how many may go to an account that this transaction holds."""
    if standing.closed(now):
        return 0
    most = slots(limits, standing.line_empty_at, running, now)
    return min(most, 1) if standing.doubted else most


def next_at(standing: Standing, limits: Limits, now: datetime) -> datetime:
    """Give when to look again at an account that takes nothing now; that others end is not known before."""
    nexts = [standing.busy_until, standing.closed_until, limits.next_at(standing.line_empty_at, now)]
    return max((at for at in nexts if at is not None and at > now), default=now + LATEST)


def spend(tx: Transaction, counted: Counted, claimed: Sequence[Effect], now: datetime, until: datetime) -> None:
    """Note what goes out now; in an account that is in doubt it is the probe."""
    numbers = Counter(effect.account for effect in claimed)
    spent = []
    for effect in claimed:
        standing = counted.standings.get(effect.account)
        number = numbers.pop(effect.account, 0)
        if standing is None or not number:
            continue
        empty_at = counted.limits[effect.account].after(standing.line_empty_at, now, number)
        after = replace(standing, line_empty_at=empty_at)
        spent.append(after.probed(effect.id, until) if standing.doubted else after)
    store.keep(tx, spent)
