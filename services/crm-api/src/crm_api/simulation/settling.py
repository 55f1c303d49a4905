"""Settle windows on the virtual clock: what triggers gather in memory, and what it comes to when an item was quiet."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from automation.desk.told import Telling
from automation.settle_windows import Gathering, evaluate, window_of
from automation.simulation.world import Arrival
from contracts.commands import FittingTrigger
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.ids import derived
from contracts.items import Item, SignalSeen

from crm_api.intake import signals
from crm_api.simulation.turn import SOURCE, Turn


class LookAtItem(Data):
    """Look whether an item has been quiet; travels on the virtual clock only."""

    TYPE: ClassVar[str] = "simulated.look-at-item.v1"
    item: UUID


class Windows:
    """All that triggers have gathered, by item."""

    def __init__(self) -> None:
        self._open: dict[UUID, dict[FittingTrigger, Gathering]] = {}
        self._looks: list[tuple[datetime, UUID, Cause]] = []

    def gather(self, turn: Turn, before: Item, fits: Sequence[FittingTrigger], signal: SignalSeen) -> None:
        """Gather a signal for triggers that wait until an item is quiet."""
        for fit in fits:
            trigger = signals.trigger_of(fit, turn.knowledge)
            window = window_of(trigger) if trigger else None
            if window is not None:
                kept = self._open.setdefault(before.id, {})
                began = kept.get(fit) or Gathering(fit, before, turn.now, turn.now)
                kept[fit] = began.joined(signal, window, turn.now)
                self._looks.append((kept[fit].due_at, before.id, turn.cause))

    def looks(self) -> Iterator[Arrival]:
        """Give when items are to be looked at, once."""
        looks, self._looks = self._looks, []
        for at, item, cause in looks:
            id_ = derived("simulated-look", cause.causation, item)
            data = LookAtItem(item=item)
            yield Arrival(at, Telling(Envelope(id_, data.TYPE, SOURCE, "", at, cause), data))

    def close(self, turn: Turn, item_id: UUID) -> None:
        """Make the one move of an item from what is due of it; a deleted one has none."""
        kept, item = self._open.get(item_id, {}), turn.record.item(item_id)
        due = [one for one in kept.values() if one.due_at <= turn.now]
        self._open[item_id] = {fit: one for fit, one in kept.items() if one not in due}
        if item is None or item.deleted or not due:
            return
        chosen = evaluate(item, turn.record.linked(item), turn.knowledge, due, turn.now).chosen
        if chosen is not None:
            trigger = signals.trigger_of(chosen, turn.knowledge)
            key, on = (trigger.key, trigger.on) if trigger else (chosen.id, "")
            turn.move(item_id, "", chosen.stage, f"trigger {key} on {on}, quiet after {len(kept[chosen].signals)}")
