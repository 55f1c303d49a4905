"""Telling who keeps a copy of the list that an address went on it, or off it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chassis import telemetry
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.envelope import Cause
from contracts.suppressions import SuppressionChanged, SuppressionKind, Way

from action_workers.reach.store import Suppressed


@dataclass(frozen=True, slots=True)
class News:
    """That an address, which is of this `way`, went on the list, or off it, and who says so."""

    row: Suppressed
    way: Way
    kind: SuppressionKind
    suppressed: bool = True


async def tell(tx: Transaction, outbox: Outbox, news: Iterable[News], now: datetime) -> None:
    """Announce what changed."""
    event = new_id()
    about = About(now, Cause(event, event, traceparent=telemetry.new_trace()))
    told = [
        SuppressionChanged(
            address=one.row.address,
            way=one.way,
            suppressed=one.suppressed,
            kind=one.kind,
            reason=one.row.reason,
            since=one.row.since,
        )
        for one in news
    ]
    await outbox.publish(tx, [outbox.message(topics.SUPPRESSIONS, one.address, one, about) for one in told])
