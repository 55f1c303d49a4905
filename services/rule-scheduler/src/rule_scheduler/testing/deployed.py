"""The scheduler's processes on real servers, and all who speak to it: crm-api, workers and people."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from automation.testing import PEOPLE, TYPES, deal, pipeline, record
from automation.testing import rules as rule_set
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from chassis.process import opened
from chassis.testing import Deployment, eventually, running
from contracts import topics
from contracts.actions import PerformAction
from contracts.config import ConfigChanged
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.executions import ExecutionRow
from contracts.items import Item, ItemStageChanged, RelayProgress
from contracts.messages import TYPES as MESSAGES
from contracts.messages import Message
from contracts.rules import Rule, RuleSetRef
from contracts.topics import Topic

from rule_scheduler import main
from rule_scheduler.settings import Settings
from rule_scheduler.testing.database import Rows

GROUPS = ("rule-scheduler.consume", "rule-scheduler.config")


@dataclass
class Deployed:
    """One scheduler under test; `revision` is the last config revision that was published."""

    deployment: Deployment
    settings: Settings
    rows: Rows
    revision: int = 0
    sent: list[Message] = field(default_factory=list)

    @asynccontextmanager
    async def process(self, *roles: str, **more: Any) -> AsyncIterator[None]:
        """Run a process of the scheduler while the block lasts, with all roles unless told."""
        settings = self.settings.model_copy(update=more)
        async with opened(main.SERVICE, settings, Knowledge.grown) as process:
            main.wire(process, settings, roles or main.ROLES)
            async with running(process):
                yield

    async def publish(self, *rules: Rule, number: int = 1, extra: Iterable[ConfigChanged] = ()) -> None:
        """Publish the shop's config with these rules on its first stage."""
        records = [record("type", one["key"], one) for one in TYPES]
        records += [record("person", one["id"], one) for one in PEOPLE]
        records.append(record("template", "contract", {"id": "contract", "file": "c0ffee"}))
        await self.configure(*records, pipeline(rule_set=number), rule_set(*rules, number=number), *extra)

    async def configure(self, *changes: ConfigChanged) -> None:
        """Publish config records under the next revisions."""
        for change in changes:
            self.revision += 1
            numbered = change.model_copy(update={"revision": self.revision})
            await self.say(self.message(topics.CONFIG, f"{change.kind}/{change.id}", numbered))

    async def announce(self, *told: Data) -> None:
        """Say these things on their topics, keyed by their items, in their order."""
        messages = []
        for data in told:
            item = data.item  # type: ignore[attr-defined]  # all that is keyed by an item names it
            messages.append(self.message(MESSAGES[type(data)][0], item.id if isinstance(item, Item) else item, data))
        await self.say(*messages)

    def message(self, topic: Topic, key: object, data: Data) -> Message:
        """Make a message as its owner would."""
        event = new_id()
        about = About(at=datetime.now(UTC), cause=Cause(event, event, actor="user:ann"), id=event)
        return Outbox(self.deployment.kafka, "/crm-api").message(topic, key, data, about)

    async def say(self, *messages: Message) -> None:
        """Put messages on their topics."""
        self.sent += messages
        await self.deployment.send(*messages)

    @asynccontextmanager
    async def crm_is_there(self) -> AsyncIterator[None]:
        """Say twice a second that all is published, while the block lasts."""

        async def publishing() -> None:
            while True:
                await self.fresh()
                await asyncio.sleep(0.5)

        task = asyncio.create_task(publishing())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def fresh(self) -> None:
        """Say that all was published until now, on every partition of what firing rests on."""
        now, event = datetime.now(UTC), new_id()
        value = RelayProgress(published_until=now).model_dump_json().encode()
        headers = Envelope(event, RelayProgress.TYPE, "/crm-api", "", now, Cause(event, event)).headers()
        partitions = self.deployment.kafka.partitions
        await self.deployment.put(
            (topic.name, partition, b"progress", headers, value)
            for topic in main.FRESH
            for partition in range(1 if topic.single else partitions)
        )

    def entry(self, item: Item, *linked: Item, number: int = 1) -> ItemStageChanged:
        """Make the event of an entry under the config that was published last."""
        ref = RuleSetRef(pipeline=item.pipeline, number=number)
        return ItemStageChanged(item=item, linked=linked, config=self.revision, rule_set=ref)

    async def row(self, key: str, state: str, activation: int = 1, item: UUID | None = None) -> ExecutionRow:
        """Give the row of a rule once it is in this state."""

        async def look() -> ExecutionRow | None:
            rows = [r for r in await self.rows.executions() if (r.rule_key, r.activation) == (key, activation)]
            return next((r for r in rows if r.state == state and item in {None, r.item}), None)

        return await eventually(look)

    async def performed(self, topic: Topic = topics.ACTIONS["sms"], *, count: int = 0) -> list[PerformAction]:
        """Give what workers were asked to do, nothing as long as it is less than `count`."""
        performed = await self.deployment.data(topic, PerformAction)
        return performed if len(performed) >= count else []


def new_deal(*linked: Item, **parts: Any) -> Item:
    """Make a deal of its own that enters its first stage now."""
    return deal(to=linked, **{"id": new_id(), "version": 1, "entered_at": datetime.now(UTC), **parts})


@asynccontextmanager
async def deployed(deployment: Deployment, **settings: Any) -> AsyncIterator[Deployed]:
    """Give a scheduler with a database and topics of its own; nothing of it runs yet.

    What `fresh` says once holds for the whole of a test, unless `max_staleness` says otherwise.
    """
    dead = [topics.dead_letters(group) for group in GROUPS]
    wanted = [t for t in topics.TOPICS if t not in {topics.COMMANDS, topics.SIGNALS}]
    await deployment.topics(*wanted, topics.COMMANDS, *dead)
    known = {"tick": 0.05, "max_staleness": timedelta(minutes=10), **settings}
    made = await deployment.settings(Settings, main.VERSIONS, **known)
    async with Rows(made.database_url.get_secret_value()) as rows:
        yield Deployed(deployment, made, rows)
