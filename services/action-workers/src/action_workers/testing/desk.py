"""The worker of one kind on a real database, its parts at hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy, keep
from chassis.database import Database
from chassis.ids import new_id
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from chassis.received import Received
from chassis.records import apart, read
from chassis.testing import eventually, running_tasks
from chassis.timers import Timers
from contracts.actions import PerformAction, Recipient
from contracts.config import ConfigChanged
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.ids import effect_id
from contracts.outcomes import EffectOutcome
from simulators import Simulation

from action_workers import claims
from action_workers.actions import of_kind
from action_workers.attempts import Attempts
from action_workers.claims import StaleClaims
from action_workers.executor import Executor
from action_workers.intake import Intake
from action_workers.testing.connections import config
from action_workers.testing.crm_api import CrmApi

ANA = UUID(int=0xA7A)


@dataclass
class Desk:
    """The worker of one kind, its parts at hand."""

    kind: str
    database: Database
    config: ConfigCopy[Knowledge]
    attempts: Attempts
    sim: Simulation
    crm: CrmApi = field(default_factory=CrmApi)
    execution: UUID = field(default_factory=new_id)
    item: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.outbox = Outbox(Kafka("nowhere", partitions=1), "/action-workers")
        self.executor = self.another()
        self.intake = Intake(
            self.kind, self.outbox, self.executor.wake, config=self.config, account=self.attempts.account
        )
        self.stale = Timers(self.database, claims.lane(self.kind), StaleClaims(self.outbox).fire)

    def another(self) -> Executor:
        """Make one more executor, as another process has it."""
        return Executor(
            self.kind, database=self.database, outbox=self.outbox, config=self.config, attempts=self.attempts
        )

    def to(self, address: str = "+351910000001", **more: Any) -> Recipient:
        """Make a recipient."""
        return Recipient(whom=f"contact:{address}", address=address, name="Ana", contact=ANA, **more)

    def action(self, *recipients: Recipient, **more: Any) -> PerformAction:
        """Make an action of this kind for recipients, or for one."""
        texts = {
            "text": "A manager will contact you within 30 minutes.",
            "subject": "Your contract",
            "title": "Prepare",
        }
        known: dict[str, Any] = {
            "execution": self.execution,
            "item": self.item,
            "item_type": "deal",
            "activation": 1,
            "rule": UUID(int=7),
            "rule_key": "greet",
            "action": of_kind(self.kind)[0].name,
            "recipients": recipients or (self.to(),),
            "params": texts,
            "due_at": datetime.now(UTC),
            "config": 0,
        }
        return PerformAction.model_validate(known | more)

    def effect(self, address: str = "+351910000001") -> UUID:
        """Give the id of the effect that an address has."""
        return effect_id(self.execution, f"contact:{address}")

    async def configure(self, *changes: ConfigChanged) -> None:
        """Change the config."""
        async with self.database.transaction() as tx:
            await keep(tx, changes)

    async def reconnect(self, id_: str, **settings: Any) -> None:
        """Change settings of a connection, in clear; a secret of the same name is replaced by it."""
        async with self.database.transaction() as tx:
            connection = (await self.config.view(tx)).connections[id_]
        secrets = {name: sealed for name, sealed in connection.secrets.items() if name not in settings}
        changed = connection.model_copy(update={"settings": {**connection.settings, **settings}, "secrets": secrets})
        await self.configure(config("connection", id_, changed.model_dump(mode="json")))

    async def take(self, *batch: Data, at: datetime | None = None, actor: str = "system") -> None:
        """Take messages as one batch of the consumer."""
        at = at or datetime.now(UTC)
        received = [
            Received(f"actions.{self.kind}", 0, n, str(self.item), told(d, at, actor), d) for n, d in enumerate(batch)
        ]
        async with self.database.transaction() as tx:
            await self.intake.take(tx, received)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let the executor run while the block lasts."""
        async with running_tasks(self.executor.run):
            yield

    async def work(self, *states: str) -> list[EffectOutcome]:
        """Let the executor run until the effects have these states, and give their last outcomes."""

        async def reached() -> bool:
            return sorted(await self.states()) == sorted(states)

        async with self.working():
            await eventually(reached)
        return await self.latest()

    async def parked(self) -> None:
        """Wait until each effect was attempted and waits for its next attempt."""

        async def waits() -> bool:
            return not await self.rows("SELECT FROM effect WHERE NOT (state = 'planned' AND attempts > 0)")

        await eventually(waits)

    async def ended(self) -> None:
        """Wait until no effect is planned or claimed."""

        async def over() -> bool:
            return not await self.rows("SELECT FROM effect WHERE state IN ('planned', 'claimed')")

        await eventually(over)

    async def states(self) -> list[str]:
        """Give the states of all effects."""
        return [row["state"] for row in await self.rows("SELECT state FROM effect ORDER BY id")]

    async def rows(self, query: str, *values: Any) -> list[Any]:
        """Run a statement of the test's own."""
        async with self.database.transaction() as tx:
            return await tx.fetch(query, *values)

    async def outcomes(self) -> list[EffectOutcome]:
        """Give all that was announced, in order."""
        rows = await self.rows("SELECT body FROM outbox WHERE topic = 'actions.outcomes' ORDER BY seq")
        return [EffectOutcome.model_validate_json(read(one).value) for row in rows for one in apart(row["body"])]

    async def latest(self) -> list[EffectOutcome]:
        """Give what a reader holds in the end: of each effect the highest version."""
        held: dict[UUID, EffectOutcome] = {}
        for outcome in await self.outcomes():
            if outcome.effect not in held or held[outcome.effect].version < outcome.version:
                held[outcome.effect] = outcome
        return list(held.values())

    async def claim_and_die(self) -> int:
        """Claim as a process does that is killed before it can do more, long ago."""
        claimed = await self.another().claim(10)
        await self.end_claims()
        return len(claimed.effects)

    async def end_claims(self) -> None:
        """Let the time of all claims be over."""
        await self.rows("UPDATE effect SET claimed_until = signalbox_now() - interval '1 second' RETURNING id")
        await self.rows("UPDATE timer SET due_at = signalbox_now() - interval '1 second' RETURNING id")


def told(data: Data, at: datetime, actor: str = "system") -> Envelope:
    """Make the envelope of a message that comes in."""
    return Envelope(new_id(), data.TYPE, "/rule-scheduler", "", at, Cause(new_id(), new_id(), actor=actor))
