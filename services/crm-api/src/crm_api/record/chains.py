"""A chain of causes as it reached some items: how often it moved them, and whether it goes in circles.

1. A chain that was stopped moves and makes nothing more, until a person releases it.
2. The 101st move or creation that follows from one cause is not made.
3. The second entry of an item into a stage within a chain is its first return; the eleventh is not made.
4. Nor is what would be the 21st automated entry into one stage within 24 hours, whatever the chains.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.items import Item

from crm_api.notices import Notice
from crm_api.record.items import Draft
from crm_api.record.loops import Entry, Kind, Loop, Past, Place
from crm_api.store import loops as store
from crm_api.store import notices as stored_notices

MOST_HOPS = 100
MOST_RETURNS = 10
MOST_A_DAY = 20
DAY = timedelta(hours=24)
MOST_NAMED = 6
AUTOMATION = "automation"


@dataclass
class Chain:
    """The chain that one transaction's changes belong to; what a person changes by themselves begins one, and is free.

    `moves` says whether they may move or make items at all. `stopped` are the loops that were found here, `refused` the
    known ones that refused something again.
    """

    cause: Cause
    moves: bool = True
    stopped: list[Loop] = field(default_factory=list)
    refused: list[UUID] = field(default_factory=list)
    _past: Past | None = None

    @property
    def automated(self) -> bool:
        """Say whether moves made here follow from something."""
        return self.moves and self.cause.hops > 0

    @property
    def ended(self) -> bool:
        """Say whether the chain was stopped before, or is too long for anything more."""
        past = self._past or Past()
        stopped = any(one.state == "stopped" and one.correlation == self.cause.correlation for one in past.loops)
        return stopped or self._too_long(past)

    async def learn(self, tx: Transaction, items: Collection[UUID], now: datetime) -> None:
        """Learn what the chain did to some locked items; costs a statement, and nothing where nothing is automated."""
        # Where nothing is locked, only what makes something out of nothing asks: a first step is never in a circle.
        if self.automated and (items or (self._past is None and self.cause.hops > 1)):
            self._past = (self._past or Past()) + await store.past(tx, items, self.cause.correlation, now - DAY)

    def refusal(self, item: Item, to: Place | None, why: str, now: datetime) -> str:
        """Say why an item may not be moved there, or another be made of it; "" where it may."""
        if not self.automated:
            return ""
        past = self._past or Past()
        known = next((one for one in (*self.stopped, *past.loops) if self._holds(one, item, to, now)), None)
        if known is not None:
            self.refused.append(known.id)
            return known.words
        found = self._found(past, item, to)
        if found is None:
            return ""
        kind, words = found
        place, correlation = to or ("", ""), self.cause.correlation
        told = (item.activation, self.cause.hops, words, why, now, now)
        self.stopped.append(Loop(derived("loop", correlation), kind, item.id, correlation, place, *told))
        return words

    def _holds(self, loop: Loop, item: Item, to: Place | None, now: datetime) -> bool:
        if loop.state != "stopped":
            return False
        same = loop.kind == "day" and (loop.item, loop.place) == (item.id, to) and now - loop.last_at < DAY
        return loop.correlation == self.cause.correlation or (same and self._of_day(item, to) >= MOST_A_DAY)

    def _found(self, past: Past, item: Item, to: Place | None) -> tuple[Kind, str] | None:
        if self._too_long(past):
            return "hops", f"too many automated moves and creations follow from one cause: {MOST_HOPS}"
        entered = sum(one.of_chain for one in past.entries if (one.item, one.place) == (item.id, to))
        if entered > MOST_RETURNS:
            return "returns", f"it returned {MOST_RETURNS} times{self._trail(past, item, of_day=False)}"
        if self._of_day(item, to) >= MOST_A_DAY:
            words = f"automation moved it there {MOST_A_DAY} times within 24 hours"
            return "day", f"{words}{self._trail(past, item, of_day=True)}"
        return None

    def _too_long(self, past: Past) -> bool:
        """Say whether the chain is too long, but for what a person forgave it."""
        forgiven = (one.hops for one in past.loops if one.correlation == self.cause.correlation)
        return self.cause.hops - max(forgiven, default=0) > MOST_HOPS

    def _of_day(self, item: Item, to: Place | None) -> int:
        entries = self._past.entries if self._past else ()
        return sum(one.of_day for one in entries if (one.item, one.place) == (item.id, to))

    def _trail(self, past: Past, item: Item, *, of_day: bool) -> str:
        """Tell into which stages it was moved how often, and by whom."""
        counted = [(one, one.of_day if of_day else one.of_chain) for one in past.entries if one.item == item.id]
        often = sorted((one for one in counted if one[1]), key=lambda one: (-one[1], one[0].place, one[0].why))
        told = [f"to {one.place[1]} by {one.why or AUTOMATION} {count} times" for one, count in often[:MOST_NAMED]]
        return f" ({', '.join(told)})" if told else ""

    async def keep(self, tx: Transaction, drafts: Sequence[Draft], knowledge: Knowledge, now: datetime) -> None:
        """Count the entries of these changes, keep what was stopped, and tell the owners of the pipelines once."""
        if not self.automated:
            return
        await store.count(tx, list(self._entries(drafts, now)))
        if self._past and self._past.old:
            await store.forget(tx, self._past.old, self.cause.correlation, now - DAY)
        for loop in self.stopped:
            item = next(draft.item for draft in drafts if draft.item.id == loop.item)
            await self._tell(tx, replace(loop, told=owner(knowledge, item)), now)
        if self.refused:
            await store.refused(tx, self.refused, now)
        self._past, self.stopped, self.refused = None, [], []

    def _entries(self, drafts: Iterable[Draft], now: datetime) -> Iterable[Entry]:
        correlation, rooted = self.cause.correlation, self._past.rooted if self._past else frozenset()
        for draft in drafts:
            if not draft.entered:
                continue
            if draft.before is not None and draft.item.id in rooted:
                left = draft.before.item
                yield Entry(left.id, (left.pipeline, left.stage), left.entered_at, correlation, 0, "")
            place = (draft.item.pipeline, draft.item.stage)
            yield Entry(draft.item.id, place, now, correlation, self.cause.hops, draft.why)

    async def _tell(self, tx: Transaction, loop: Loop, now: datetime) -> None:
        times = await store.stop(tx, loop)
        if times and loop.told:
            notice = derived("notice", loop.id, times)
            text = f"Automation was stopped: {loop.words}. Look at the item, and release it where it should go on."
            await stored_notices.add(tx, Notice(notice, loop.told, loop.item, text, AUTOMATION, now))


def owner(knowledge: Knowledge, item: Item) -> str:
    """Give who is told of an item's loop: the owner of its pipeline, else who is responsible for it."""
    pipeline = knowledge.pipelines.get(item.pipeline)
    return (pipeline.owner if pipeline else "") or item.responsible or ""
