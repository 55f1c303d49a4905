"""Why effects wait behind an account that takes nothing now: said of each once, so that its item's timeline tells.

An effect that was attempted says so already, and so does one that is put off; a short pause is nothing to tell of.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chassis.bounds import Bottom
from chassis.database import Transaction

from action_workers import ledger, store
from action_workers.announcing import Announcer
from action_workers.traffic import lines
from action_workers.traffic.standing import Standing

# Who waits longer is told why, so many at once.
PATIENCE = timedelta(seconds=5)
MOST = 500


class Waiting:
    """Says of the effects of one kind why they wait."""

    def __init__(self, kind: str, announcer: Announcer, *, patience: timedelta = PATIENCE) -> None:
        self.kind = kind
        self.announcer = announcer
        self.patience = patience
        # What was told already is walked over: the longer that takes, the more rarely it is looked at.
        self._bottom = Bottom()

    async def say(self, tx: Transaction, standings: Iterable[Standing], now: datetime) -> None:
        """Say it of those that wait for one of these accounts, where it is closed, and of which nothing was said."""
        words = {one.account: why(one, now) for one in standings if is_long(one, now, self.patience)}
        if not words or not self._bottom.due():
            return
        with self._bottom.look():
            silent = await lines.silent(tx, self.kind, words, now - self.patience, MOST)
        said = [ledger.changed(effect, now, reason=words[effect.account]) for effect in silent]
        await store.move(tx, said)
        await self.announcer.announce(tx, said)


def is_long(standing: Standing, now: datetime, patience: timedelta) -> bool:
    """Say whether an account takes nothing, and not only for a moment: it failed, or asked for more than that."""
    asked = standing.busy_until is not None and standing.busy_until > now + patience
    return asked or (standing.doubted and standing.closed(now))


def why(standing: Standing, now: datetime) -> str:
    """Say in words why an account takes nothing now."""
    busy = standing.busy_until if standing.busy_until and standing.busy_until > now else None
    held = (
        f"takes nothing until {busy:%Y-%m-%d %H:%M} UTC" if busy else "does not work now, and is tried again and again"
    )
    return f"waits: the account {standing.account} {held} ({standing.why})"
