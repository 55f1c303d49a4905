"""The scheduler's end of crm-api: commands of rules are sent, and their answers waited for."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.outbox import About
from chassis.testing import eventually
from contracts import topics
from contracts.commands import Expects, ItemCommand, WithdrawCommand
from contracts.envelope import Cause
from contracts.ids import rule_id
from contracts.items import CommandCompleted

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
GREET = rule_id("deal/retail", "new", "greet")


class Rules:
    """A crm-api that consumes, and the scheduler's end of its commands."""

    def __init__(self, crm: Any) -> None:
        self.crm = crm

    def common(self, item: dict[str, Any], **more: Any) -> dict[str, Any]:
        told = {"execution": uuid4(), "item": UUID(item["id"]), "rule": GREET, "owner": "user:ann", "config": 1}
        return {**told, "expects": Expects(activation=item["activation"]), **more}

    async def send(self, *commands: ItemCommand | WithdrawCommand, hops: int = 0) -> None:
        root = uuid4()
        about = About(at=AT, cause=Cause(root, root, hops=hops, actor="service:rule-scheduler"))
        outbox = self.crm.process.outbox
        await self.crm.deployment.send(*(outbox.message(topics.COMMANDS, c.item, c, about) for c in commands))

    async def answers(self, command: ItemCommand, count: int = 1) -> list[CommandCompleted]:
        async def look() -> list[CommandCompleted] | None:
            told = await self.crm.deployment.data(topics.ITEMS, CommandCompleted)
            found = [a for a in told if a.execution == command.execution]
            return found if len(found) >= count else None

        return await eventually(look)

    async def done(self, command: ItemCommand, **more: Any) -> CommandCompleted:
        await self.send(command, **more)
        return (await self.answers(command))[-1]

    async def item(self, item: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = (await self.crm.ann.get(f"/v1/items/{item['id']}")).json()
        return found
