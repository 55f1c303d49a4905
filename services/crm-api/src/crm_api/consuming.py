"""The role `consume`: applies signals and carries out commands, each in a transaction of its own."""

from collections.abc import Collection

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.consumer import Handlers
from chassis.database import Transaction
from chassis.errors import Rejected
from chassis.handling import Reader
from chassis.outbox import Outbox
from chassis.process import Process
from chassis.received import Received
from contracts import topics
from contracts.commands import ApplySignal, NoteRepeat, WithdrawCommand

from crm_api.fields import FieldError
from crm_api.inside import asking, commands
from crm_api.inside.acting import DO
from crm_api.inside.commands import HOPS
from crm_api.intake import repeats
from crm_api.intake.applying import Applying
from crm_api.record.changing import Changes


class Consuming:
    """What the role does with each type of record."""

    def __init__(self, config: ConfigCopy[Knowledge], outbox: Outbox, operators: Collection[str] = ()) -> None:
        self.config = config
        self.outbox = outbox
        self.operators = operators

    async def on_apply_signal(self, tx: Transaction, received: Received) -> None:
        """Apply a signal; rejects one whose source names what is not there."""
        command: ApplySignal = received.data
        knowledge = await self.config.view(tx)
        # What moves here is moved by the system; the person or sender behind it is the cause.
        changes = Changes(tx, knowledge, received.envelope.follow(actor="system").hop(), self.outbox)
        try:
            await Applying(changes, command, received.envelope).run()
        except FieldError as error:
            raise Rejected(f"signal {command.signal.kind} from source {command.signal.source!r}: {error}") from error

    async def on_note_repeat(self, tx: Transaction, received: Received) -> None:
        """Note a repeated delivery on every item that the first one reached."""
        command: NoteRepeat = received.data
        told = command.model_dump(mode="json", exclude={"first", "kind"})
        await repeats.note(tx, command.first, "repeated", {**told, "signal_kind": command.kind}, received.envelope)

    async def on_item_command(self, tx: Transaction, received: Received) -> None:
        """Carry out what a rule asks of an item."""
        knowledge = await self.config.view(tx)
        cause = commands.cause_of(received.data, received.envelope.follow())
        changes = Changes(tx, knowledge, cause, self.outbox, moves=isinstance(received.data, HOPS))
        await commands.carry_out(changes, received.data, self.outbox, self.operators)

    async def on_withdraw_command(self, tx: Transaction, received: Received) -> None:
        """Take back what a person has not answered yet."""
        knowledge = await self.config.view(tx)
        changes = Changes(tx, knowledge, received.envelope.follow(), self.outbox)
        await asking.withdraw(changes, received.data, self.outbox)


def consume_reader(process: Process[Knowledge]) -> Reader:
    """Give the reader of `crm.commands`."""
    consuming = Consuming(process.config, process.outbox, process.settings.tokens)
    handlers = Handlers(
        {
            ApplySignal: consuming.on_apply_signal,
            NoteRepeat: consuming.on_note_repeat,
            **dict.fromkeys(DO, consuming.on_item_command),
            WithdrawCommand: consuming.on_withdraw_command,
        }
    )
    return Reader(
        group="crm-api.consume", topics=(topics.COMMANDS,), reads=handlers.reads, handle=handlers, per_record=True
    )
