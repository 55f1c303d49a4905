"""Matching: which triggers a signal wakes, and the command to crm-api that decides it on the truth."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from automation.inside_signals import inside_signals
from automation.knowledge import Knowledge
from automation.triggers import fitting, is_automatic
from automation.waiting import waits_for_signals
from chassis.config_copy import ConfigCopy
from chassis.database import Transaction
from chassis.handling import Reader
from chassis.outbox import About, Outbox
from chassis.received import Reads, Received
from contracts import ids, items, topics
from contracts.commands import ApplySignal, FittingTrigger, Nobody, NoteRepeat
from contracts.data import Data
from contracts.messages import Message
from contracts.signals import DeliveryRepeated, Signal

ACTOR = "system"
SENT = "email.sent"
CONSENT = frozenset({"consent.given", "consent.refused"})
READS = Reads.of(
    types=(Signal, DeliveryRepeated, items.ItemStageChanged, items.ItemChanged),
    ignored=(
        items.ItemDeleted,
        items.ItemSignalled,
        items.ItemSnapshot,
        items.ItemRulesApplied,
        items.CommandCompleted,
        items.RelayProgress,
    ),
)


class Matching:
    """Asks crm-api to apply signals: all from outside, and those inside ones that wake a trigger."""

    def __init__(self, config: ConfigCopy[Knowledge], outbox: Outbox) -> None:
        self.config = config
        self.outbox = outbox
        self.table: dict[type[Data], Callable[[Received, Knowledge], Iterable[Message]]] = {
            Signal: self.on_signal,
            DeliveryRepeated: self.on_delivery_repeated,
            items.ItemStageChanged: self.on_item_change,
            items.ItemChanged: self.on_item_change,
        }

    def reader(self) -> Reader:
        """Give the reading of the role `match`."""
        return Reader("trigger-gateway.match", (topics.SIGNALS, topics.ITEMS), READS, self.handle)

    async def handle(self, tx: Transaction, batch: Sequence[Received]) -> None:
        """Write the commands that follow from a batch; ids are derived, so that a record that came twice is one."""
        knowledge = await self.config.view(tx)
        messages = (m for received in batch for m in self.table[type(received.data)](received, knowledge))
        await self.outbox.publish(tx, {message.envelope.id: message for message in messages}.values())

    def on_signal(self, received: Received, knowledge: Knowledge) -> Iterable[Message]:
        """Have a signal applied, also where no trigger fits: it may set fields, or be what somebody waits for.

        That a letter of ours was sent says its rule already, so it is applied only where somebody listens.
        """
        triggers = fitting(received.data, knowledge)
        if received.data.kind != SENT or triggers or waits_for_signals(knowledge):
            yield self._apply(received, received.data, triggers, knowledge)

    def on_item_change(self, received: Received, knowledge: Knowledge) -> Iterable[Message]:
        """Have the inside signals of a change applied, where they wake a trigger."""
        for signal in inside_signals(received.data, received.envelope, knowledge):
            if triggers := fitting(signal, knowledge):
                yield self._apply(received, signal, triggers, knowledge)

    def on_delivery_repeated(self, received: Received, _: Knowledge) -> Iterable[Message]:
        """Have a repeat noted on the timelines that the first delivery reached."""
        repeat = received.data
        note = NoteRepeat(
            first=repeat.first,
            kind=repeat.kind,
            source=repeat.source,
            delivery=repeat.delivery,
            received_at=repeat.received_at,
        )
        yield self._message(received, note, repeat.received_at, received.envelope.id)

    def _apply(
        self, received: Received, signal: Signal, triggers: tuple[FittingTrigger, ...], knowledge: Knowledge
    ) -> Message:
        # A letter that a machine wrote by itself is nobody's wish, and who wants no more SMS wants no deal either.
        is_wish = not is_automatic(signal) and signal.kind not in CONSENT
        source = knowledge.sources.get(signal.source) if is_wish else None
        command = ApplySignal(
            signal=signal,
            triggers=triggers,
            nobody=source.nobody if source else Nobody(),
            config=knowledge.revision,
        )
        return self._message(received, command, received.envelope.time, signal.id)

    def _message(self, received: Received, command: Data, at: datetime, of: object) -> Message:
        envelope = received.envelope
        about = About(
            at=at,
            cause=envelope.follow(ACTOR),
            persons=envelope.persons,
            identities=envelope.identities,
            id=ids.derived(command.TYPE, of),
        )
        # The key is the same on both topics, so that a repeat stays behind its first.
        return self.outbox.message(topics.COMMANDS, received.key, command, about)
