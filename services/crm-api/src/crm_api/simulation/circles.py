"""How often chains of causes moved items, so that a rule set which goes in circles ends in a simulation too."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from contracts.envelope import Cause

from crm_api.record.items import Draft

MOST_HOPS = 100
MOST_RETURNS = 10
MOST_A_DAY = 20
DAY = timedelta(hours=24)
Place = tuple[str, str]


class Circles:
    """Counts entries by chain, and automated ones by item and day; nobody releases a chain that was stopped."""

    def __init__(self) -> None:
        self._of_chain: Counter[tuple[UUID, UUID, Place]] = Counter()
        self._of_day: dict[tuple[UUID, Place], list[datetime]] = {}
        self._stopped: dict[UUID, str] = {}

    def refusal(self, cause: Cause, item: UUID, to: Place | None, now: datetime) -> str:
        """Say why an item may not be moved there, or another be made of it; "" where it may."""
        if cause.hops == 0:
            return ""
        words = self._stopped.get(cause.correlation) or self._found(cause, item, to, now)
        if words:
            self._stopped[cause.correlation] = words
        return words

    def count(self, cause: Cause, draft: Draft, now: datetime) -> None:
        """Count an entry; the stage with which a person began a chain is the first that the chain came to."""
        if not draft.entered:
            return
        to = draft.item.pipeline, draft.item.stage
        self._of_chain[cause.correlation, draft.item.id, to] += 1
        if cause.hops > 0:
            recent = [at for at in self._of_day.get((draft.item.id, to), ()) if now - at < DAY]
            self._of_day[draft.item.id, to] = [*recent, now]

    def _found(self, cause: Cause, item: UUID, to: Place | None, now: datetime) -> str:
        if cause.hops > MOST_HOPS:
            return f"loop: too many automated moves and creations follow from one cause: {MOST_HOPS}"
        if to is None:
            return ""
        if self._of_chain[cause.correlation, item, to] > MOST_RETURNS:
            return f"loop: it returned {MOST_RETURNS} times"
        if sum(now - at < DAY for at in self._of_day.get((item, to), ())) >= MOST_A_DAY:
            return f"loop: automation moved it there {MOST_A_DAY} times within 24 hours"
        return ""
