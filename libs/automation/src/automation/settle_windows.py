"""Settle windows: signals that are gathered until their item has been quiet, and then evaluated together, once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.commands import FittingTrigger
from contracts.config import Pipeline
from contracts.items import Item, SignalSeen
from contracts.rules import SettleWindow, Trigger

from automation.documents import DocumentError
from automation.facts import Facts
from automation.intervals import Interval
from automation.knowledge import Knowledge
from automation.triggers import Choice, choose, listed, refusal, weigh_on

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=7)
# A window that has gathered so much is over: what a condition reads stays small, whoever floods the item.
MOST_SIGNALS = 100
MOST_BYTES = 256_000


@dataclass(frozen=True, slots=True)
class Window:
    """How long an item must have been quiet, and the longest wait for that."""

    quiet: timedelta
    at_most: timedelta

    @classmethod
    def read(cls, written: SettleWindow) -> "Window":
        """Read a window; raises `DocumentError`."""
        quiet, at_most = _length(written.quiet, "quiet"), _length(written.at_most, "at_most")
        if at_most < quiet:
            fix = f"write at least {written.quiet}"
            raise DocumentError(
                "at_most", f"{written.at_most} is shorter than {written.quiet}, for which it waits", fix
            )
        return cls(quiet, at_most)


@dataclass(frozen=True, slots=True)
class Gathering:
    """What one trigger has gathered of one item; `before` is the item before the first signal, `size` is in bytes."""

    fit: FittingTrigger
    before: Item
    began_at: datetime
    due_at: datetime
    signals: tuple[SignalSeen, ...] = ()
    size: int = 0

    def joined(self, signal: SignalSeen, window: Window, now: datetime) -> "Gathering":
        """Give it with one signal more, which prolongs it up to the longest wait."""
        signals, size = (*self.signals, signal), self.size + len(signal.model_dump_json())
        full = len(signals) >= MOST_SIGNALS or size >= MOST_BYTES
        due_at = now if full else min(now + window.quiet, self.began_at + window.at_most)
        return replace(self, signals=signals, size=size, due_at=due_at)


def parted(
    item: Item, pipeline: Pipeline, triggers: Collection[FittingTrigger]
) -> tuple[tuple[FittingTrigger, ...], tuple[FittingTrigger, ...]]:
    """Part the triggers that wait until the item is quiet from those that are evaluated at once.

    What may not move the item from where it stands waits for nothing.
    """
    waits = tuple(
        fit
        for fit, trigger in listed(pipeline, triggers)
        if window_of(trigger) is not None and refusal(item, pipeline, fit.stage, trigger) is None
    )
    return waits, tuple(fit for fit in triggers if fit not in waits)


def window_of(trigger: Trigger) -> Window | None:
    """Give the window of a trigger; None where it has none, or one that cannot be read."""
    try:
        return Window.read(trigger.settle) if trigger.settle else None
    except DocumentError:
        return None


def evaluate(
    item: Item, linked: Sequence[Item], knowledge: Knowledge, closed: Iterable[Gathering], now: datetime
) -> Choice:
    """Choose the one move of an item from all that closed at one moment, each trigger weighed on what it gathered."""
    pipeline = knowledge.pipelines.get(item.pipeline)
    if pipeline is None:
        return Choice(None)
    known = {(one.fit.id, one.fit.stage): one for one in closed}

    def facts(one: Gathering) -> Facts:
        last = one.signals[-1] if one.signals else None
        return Facts(item, tuple(linked), knowledge, signal=last, signals=one.signals, before=one.before, now=now)

    verdicts = {
        trigger.id: weigh_on(facts(known[fit.id, fit.stage]))(trigger)
        for fit, trigger in listed(pipeline, [one.fit for one in known.values()])
    }
    return choose(item, pipeline, [one.fit for one in known.values()], lambda trigger: verdicts[trigger.id])


def _length(written: str, name: str) -> timedelta:
    try:
        interval = Interval.read(written)
    except ValueError as error:
        raise DocumentError(name, str(error), "write it like 30 seconds or 5 minutes") from None
    if interval.working or interval.months:
        raise DocumentError(name, f"{written} has no fixed length", "write it like 30 seconds or 5 minutes")
    length = interval.shortest()
    if not SHORTEST <= length <= LONGEST:
        raise DocumentError(name, f"{written} is not between 1 second and 7 days", "write it like 30 seconds")
    return length
