"""A small shop to which signals come: its stages, its commands, and what can be asked of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from automation.knowledge import Knowledge
from chassis.outbox import About
from chassis.process import opened
from chassis.testing import eventually, running
from contracts import topics
from contracts.commands import ApplySignal, Creation, FittingTrigger, Nobody
from contracts.envelope import Cause
from contracts.ids import trigger_id
from contracts.items import ItemEvent
from contracts.messages import Message
from contracts.signals import Identity, Signal

from crm_api.main import SERVICE, wire

HAPPENED = datetime(2026, 3, 2, 10, tzinfo=UTC)
SIGNAL_STAGES = [
    {"key": "new", "triggers": [{"key": "asks", "on": "form.submitted"}]},
    {"key": "documents", "triggers": [{"key": "opened", "on": "document.opened"}]},
    {
        "key": "paid",
        "kind": "success",
        "triggers": [
            {"key": "pays", "on": "payment.received"},
            {
                "key": "large",
                "on": "payment.received",
                "when": {"all": [{"field": "item.amount", "greater": "1000 EUR"}]},
            },
        ],
    },
    {"key": "lost", "kind": "failure", "triggers": [{"key": "again", "on": "visit", "allow_backward": True}]},
]
FORM = Nobody(
    do="create",
    create=Creation(
        type="deal",
        pipeline="deal/retail",
        stage="new",
        title="{{ signal.wish }}",
        fields={"amount": "budget", "size": "size"},
        contact={"name": "name", "phone": "phone"},
    ),
)


def fit(stage: str, key: str) -> FittingTrigger:
    return FittingTrigger(id=trigger_id("deal/retail", stage, key), pipeline="deal/retail", stage=stage)


ASKS, OPENED, PAYS = fit("new", "asks"), fit("documents", "opened"), fit("paid", "pays")


def signal(kind: str, **more: Any) -> Signal:
    return Signal(**{"id": uuid4(), "kind": kind, "source": "site", "happened_at": HAPPENED, **more})


def form(phone: str = "+351912345678", **payload: Any) -> Signal:
    told = {"name": "Ana", "phone": phone, "wish": "An oak table", **payload}
    return signal("form.submitted", payload=told, identities=(Identity(kind="phone", value=phone),))


class Shop:
    """A crm-api that consumes, with commands to send it and ways to see what came of them."""

    def __init__(self, crm: Any, revision: int) -> None:
        self.crm = crm
        self.revision = revision

    def command(self, what: Signal, *triggers: FittingTrigger, nobody: Nobody | None = None) -> ApplySignal:
        return ApplySignal(signal=what, triggers=triggers, nobody=nobody or Nobody(), config=self.revision)

    def message(self, data: Any, *, key: str = "", cause: UUID | None = None) -> Message:
        root = uuid4()
        about = About(at=HAPPENED, cause=Cause(root, cause or root, actor="service:trigger-gateway"))
        message: Message = self.crm.process.outbox.message(topics.COMMANDS, key or "any", data, about)
        return message

    async def send(self, *messages: Message) -> None:
        await self.crm.deployment.send(*messages)

    async def apply(self, what: Signal, *triggers: FittingTrigger, nobody: Nobody | None = None) -> None:
        await self.send(self.message(self.command(what, *triggers, nobody=nobody)))
        await self.decided(what)

    async def decided(self, *what: Signal) -> None:
        ids = [one.id for one in what]

        async def look() -> bool:
            rows = await self.crm.fetch("SELECT id FROM signal WHERE id = ANY($1::uuid[])", ids)
            return len(rows) == len(set(ids))

        await eventually(look)

    async def item(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.crm.ann.get(f"/v1/items/{id_}")).json()
        return found

    async def items(self, pipeline: str = "deal/retail") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.crm.ann.get("/v1/items", params={"pipeline": pipeline})).json()[
            "items"
        ]
        return found

    async def lines(self, item: str, kind: str) -> list[dict[str, Any]]:
        rows = (await self.crm.ann.get(f"/v1/items/{item}/timeline")).json()["rows"]
        return [row for row in rows if row["kind"] == kind]

    async def eventually_lines(self, item: str, kind: str, count: int) -> list[dict[str, Any]]:
        async def look() -> list[dict[str, Any]] | None:
            found = await self.lines(item, kind)
            return found if len(found) >= count else None

        return await eventually(look)

    async def events(self, item: str) -> list[ItemEvent]:
        outbox = "SELECT count(*) AS waiting FROM outbox"

        async def carried() -> bool:
            return bool((await self.crm.fetch(outbox))[0]["waiting"] == 0)

        await eventually(carried)
        return [e for e in await self.crm.deployment.data(topics.ITEMS, ItemEvent) if str(e.item.id) == item]

    async def dead(self) -> list[str]:
        letters = await self.crm.deployment.seen("crm-api.consume.dead")
        return [letter.headers["dead-reason"] for letter in letters]

    async def revise(self, **types: Any) -> None:
        answer = await self.crm.ann.put("/v1/config/person/rui", json={"name": "Rui", **types})
        assert answer.status_code == 200


@asynccontextmanager
async def second_consumer(shop: Shop) -> AsyncIterator[None]:
    settings = shop.crm.process.settings.model_copy(update={"port": 0})
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        wire(process, ("consume",))
        async with running(process):
            ready = process.health.ready["crm-api.consume"]

            async def shared() -> bool:
                return bool(ready() and shop.crm.process.health.ready["crm-api.consume"]())

            await eventually(shared)
            yield


def keys(shop: Shop) -> tuple[str, str]:
    """Give two keys that lie in different partitions."""
    names = [f"key-{n}" for n in range(20)]
    place = {shop.crm.deployment.kafka.partition(topics.COMMANDS, name): name for name in names}
    return place[0], place[1]


async def linked_deal(shop: Shop, phone: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    contact = await shop.crm.made("/v1/items", type="contact", title="Ana", fields={"phone": phone})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    return contact, await shop.crm.deal(links=[link], **more)
