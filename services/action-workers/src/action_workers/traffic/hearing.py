"""What the ends of attempts say of their accounts, noted in the transaction that records them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chassis.database import Transaction
from chassis.retry import Pauses

from action_workers import telemetry
from action_workers.answers import Word
from action_workers.effect import UNKNOWN
from action_workers.traffic import standing, store
from action_workers.traffic.limits import Limits
from action_workers.traffic.standing import Heard, Standing

Meaning = Literal["good", "bad", "nothing"]
BAD: frozenset[Word] = frozenset({"down", "busy"})


@dataclass(frozen=True, slots=True)
class News:
    """What one attempt says of its account, and by which settings that is judged."""

    account: str
    heard: Heard
    limits: Limits
    pauses: Pauses


async def note(tx: Transaction, news: Iterable[News], now: datetime) -> None:
    """Note what was heard; only bad news takes a statement of its own."""
    by_account = _by_account(news)
    accounts: dict[Meaning, list[str]] = {"good": [], "bad": [], "nothing": []}
    for account, told in by_account.items():
        accounts[_meaning(told)].append(account)
    store.up(tx, accounts["good"])
    silent = [one.heard.effect for account in accounts["nothing"] for one in by_account[account]]
    store.found_out_nothing(tx, silent, now)
    if bad := sorted(accounts["bad"]):
        known = await store.lock(tx, bad)
        store.keep(tx, [_judged(known[account], by_account[account], now) for account in bad])


def _by_account(news: Iterable[News]) -> dict[str, list[News]]:
    by_account: dict[str, list[News]] = {}
    for one in news:
        if one.account != UNKNOWN:
            by_account.setdefault(one.account, []).append(one)
    return by_account


def _meaning(news: Iterable[News]) -> Meaning:
    """Say what the news of one account comes to; a word that is bad outweighs all that are good."""
    words = {one.heard.word for one in news}
    if words & BAD:
        return "bad"
    return "good" if "up" in words else "nothing"


def _judged(before: Standing, news: list[News], now: datetime) -> Standing:
    last = news[-1]
    after = standing.after(before, [one.heard for one in news], last.limits, last.pauses, now)
    if after.closings > before.closings:
        telemetry.CLOSINGS.labels(after.account, "down").inc()
    elif after.busy_until != before.busy_until:
        telemetry.CLOSINGS.labels(after.account, "asked to wait").inc()
    return after
