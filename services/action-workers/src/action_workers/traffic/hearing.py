"""What the ends of attempts say of their accounts, noted in the transaction that records them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Transaction
from chassis.retry import Pauses

from action_workers import telemetry
from action_workers.effect import UNKNOWN
from action_workers.traffic import standing, store
from action_workers.traffic.limits import Limits
from action_workers.traffic.standing import Heard, Standing


@dataclass(frozen=True, slots=True)
class News:
    """What one attempt says of its account, and by which settings that is judged."""

    account: str
    heard: Heard
    limits: Limits
    pauses: Pauses


async def note(tx: Transaction, news: Iterable[News], now: datetime) -> None:
    """Note what was heard; only bad news takes a statement of its own."""
    by_account: dict[str, list[News]] = {}
    for one in news:
        if one.account != UNKNOWN:
            by_account.setdefault(one.account, []).append(one)
    words = {account: {one.heard.word for one in told} for account, told in by_account.items()}
    bad = [account for account, said in words.items() if said & {"down", "busy"}]
    store.up(tx, [account for account, said in words.items() if account not in bad and "up" in said])
    silent = [one.heard.effect for account, said in words.items() if said == {""} for one in by_account[account]]
    store.found_out_nothing(tx, silent, now)
    if bad:
        known = await store.lock(tx, bad)
        store.keep(tx, [_judged(known[account], by_account[account], now) for account in sorted(bad)])


def _judged(before: Standing, news: list[News], now: datetime) -> Standing:
    last = news[-1]
    after = standing.after(before, [one.heard for one in news], last.limits, last.pauses, now)
    if after.closings > before.closings:
        telemetry.CLOSINGS.labels(after.account, "down").inc()
    elif after.busy_until != before.busy_until:
        telemetry.CLOSINGS.labels(after.account, "asked to wait").inc()
    return after
